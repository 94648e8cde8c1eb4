# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done below a folder stays below it, whatever lies there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import below, filesystem
from ansible_collections.portable.model_env.tests.support import other_user


@pytest.fixture
def shared() -> Iterator[Path]:
    with other_user.public_folder() as folder:
        folder.chmod(0o777)
        yield folder


def test_removing_a_tree_changes_no_mode_through_a_link(shared: Path) -> None:
    """By a user whose rights end at a folder of mode 555."""
    outside, tree = shared / "outside", shared / "tree"

    def prepare_and_remove() -> None:
        for folder in (outside, tree / "locked" / "deep"):
            folder.mkdir(parents=True)
        for name in ("file", "twice"):
            (outside / name).write_text("kept")
            (outside / name).chmod(0o644)
        for number, target in enumerate((outside / "file", outside, outside / "missing")):
            (tree / "locked" / f"link-{number}").symlink_to(target)
        os.link(outside / "twice", tree / "locked" / "hard")
        os.mkfifo(tree / "locked" / "pipe")
        (tree / "locked" / "deep").chmod(0)
        (tree / "locked").chmod(0o555)
        outside.chmod(0o755)
        filesystem.remove_tree(str(tree))

    other_user.do(prepare_and_remove)
    assert os.listdir(shared) == ["outside"]
    assert {path.stat().st_mode & 0o777 for path in outside.iterdir()} == {0o644}
    assert outside.stat().st_mode & 0o777 == 0o755


def test_what_lies_too_deep_is_said(tmp_path: Path) -> None:
    (tmp_path / "top" / "a" / "b").mkdir(parents=True)
    folder = os.open(tmp_path, os.O_PATH)
    try:
        with pytest.raises(OSError, match="too deeply"):
            below.remove("top", folder, depth=2)
        below.remove("top", folder)
    finally:
        os.close(folder)
    assert os.listdir(tmp_path) == []
