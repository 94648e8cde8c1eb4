# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of switches, also those of runs that were killed."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.releases.activations import Activations, Trial


def test_a_trial_ends_by_confirmation_or_with_what_was_tried(tmp_path: Path) -> None:
    records = Activations(str(tmp_path / "state"))
    records.switch("demo", None, "a", trial=False)
    records.switch("demo", "a", "b", trial=True)
    assert records.read("demo", "b").trial == Trial("b", "a")
    assert records.read("demo", "a").trial is None, "the switch itself did not happen, so there is nothing on trial"
    records.confirm("demo", "b")
    assert records.read("demo", "b").trial is None
    assert records.read("demo", "b").history == ["a", "b"]


def test_what_replaces_a_trial_goes_back_to_what_was_safe(tmp_path: Path) -> None:
    records = Activations(str(tmp_path / "state"))
    records.switch("demo", "a", "b", trial=True)
    records.switch("demo", "b", "c", trial=True)
    assert records.read("demo", "c").trial == Trial("c", "a")
    assert records.read("demo", "c").history == ["a", "c"]


def test_without_a_record_nothing_is_known_and_forgetting_is_no_error(tmp_path: Path) -> None:
    records = Activations(str(tmp_path / "state"))
    assert records.read("demo", "a").history == []
    records.forget("demo")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "demo.json").write_text("{half")
    assert records.read("demo", "a").trial is None
