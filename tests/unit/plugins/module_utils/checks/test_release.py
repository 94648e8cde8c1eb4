# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release holds against its receipt."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import release, table
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured, verdict_of
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation


@pytest.mark.parametrize(("check", "key"), [("distributions", "drift"), ("files", "wrong")])
def test_each_difference_fails_and_a_long_list_is_cut_in_the_reason_only(check: str, key: str) -> None:
    assert verdict_of(table.named(check), Measured({key: []}), Expectation())["verdict"] == "pass"
    lines = [f"p{number} was changed" for number in range(9)]
    found = verdict_of(table.named(check), Measured({key: lines}, cure="build it anew"), Expectation())
    assert (found["verdict"], found["value"], found["cure"]) == ("fail", {key: lines}, "build it anew")
    assert found["reason"].startswith("p0 was changed; ")
    assert found["reason"].endswith("; and 4 more")


def test_a_short_list_is_shown_whole() -> None:
    assert release.shortened(["a", "b"]) == "a; b"
