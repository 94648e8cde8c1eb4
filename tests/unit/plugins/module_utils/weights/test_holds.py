# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The holds on several target folders."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder
from ansible_collections.portable.model_env.plugins.module_utils.weights.holds import FolderHolds


def holds(wait: float = 0.0, check_mode: bool = False) -> FolderHolds:
    return FolderHolds(time.monotonic() + wait, StatusFile(""), check_mode)


@pytest.fixture
def folders(tmp_path: Path) -> list[TargetFolder]:
    return [TargetFolder(str(tmp_path / name), "model", "acme/x") for name in ("one", "two")]


def test_all_that_are_free_are_taken_and_given_back(folders: list[TargetFolder]) -> None:
    with holds() as mine:
        assert mine.take(folders) == {folder.path for folder in folders}
        mine.refuse_lost()
        with pytest.raises(ModelEnvError) as caught, holds() as other:
            other.take(folders)
        assert caught.value.kind == "locked"
    # Nothing was put there, so nothing of ours stays.
    assert not any(os.path.exists(folder.path) for folder in folders)


def test_a_busy_folder_does_not_keep_a_run_from_the_others(folders: list[TargetFolder]) -> None:
    with holds() as mine, holds() as other:
        mine.take(folders[:1])
        assert other.take(folders) == {folders[1].path}


def test_two_repositories_in_one_folder_are_one_hold(tmp_path: Path) -> None:
    both = [TargetFolder(str(tmp_path / "one"), "model", name) for name in ("acme/x", "acme/y")]
    with holds() as mine:
        assert mine.take(both) == {both[0].path}


def test_a_hold_stays_in_the_folder_that_was_taken(folders: list[TargetFolder], tmp_path: Path) -> None:
    """Whoever may write the target swaps its state folder for a link, as root works there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_text("not ours")
    with holds() as mine:
        mine.take(folders[:1])
        os.rename(folders[0].state, tmp_path / "aside")
        os.symlink(elsewhere, folders[0].state)
        mine.refuse_lost()
        assert (tmp_path / "aside" / "lock").exists()
    assert not (tmp_path / "aside" / "lock").exists()
    assert (elsewhere / "lock").read_text() == "not ours"
    with pytest.raises(ModelEnvError, match="is a link, where a folder belongs"), holds() as other:
        other.take(folders[:1])


def test_a_refusal_names_the_folder_as_it_is_known(folders: list[TargetFolder]) -> None:
    with holds() as mine, holds() as other:
        mine.take(folders[:1])
        with pytest.raises(ModelEnvError) as caught:
            other.take(folders[:1])
    assert caught.value.what.startswith(f"{folders[0].state} is locked")


def test_check_mode_takes_none(folders: list[TargetFolder]) -> None:
    with holds(check_mode=True) as mine:
        assert mine.take(folders) == {folder.path for folder in folders}
        assert not any(os.path.exists(folder.path) for folder in folders)


def test_a_hold_that_somebody_took_away_is_noticed(folders: list[TargetFolder]) -> None:
    with holds() as mine:
        mine.take(folders[:1])
        os.unlink(folders[0].hold_path)
        with pytest.raises(ModelEnvError):
            mine.refuse_lost()
