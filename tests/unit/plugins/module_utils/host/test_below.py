# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done below a folder stays below it, whatever lies there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import below, filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
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


def test_a_link_is_followed_nowhere_below(shared: Path) -> None:
    (shared / "root").mkdir()
    (shared / "outside").mkdir()
    (shared / "root" / "link").symlink_to(shared / "outside")
    (shared / "root" / "file").write_text("x")
    with below.open_folder(str(shared / "root"), Owners()) as root:
        for name in ("link", "file"):
            with pytest.raises(NotADirectoryError):
                root.folder([name, "deeper"], make=True)
            with pytest.raises(ModelEnvError, match=f"{name} is a (link|file), where a folder belongs"):
                root.own_folder(name, make=True)
        with pytest.raises(ModelEnvError, match="link is a link, where a plain file belongs"):
            root.own_file("link", os.O_RDWR | os.O_CREAT)
        root.put("link", "replaced")
        assert list(root.own_pieces("link")) == ["replaced"]
        for wrong in ("", ".", "..", "a/b"):
            with pytest.raises(ValueError, match="no single name"):
                root.unlink(wrong)
    assert os.listdir(shared / "outside") == []


def test_a_folder_of_ones_own_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    with below.open_folder(str(tmp_path), Owners()) as root:
        root.own_folder("state").close()
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o777, "a look changes nothing"
        root.own_folder("state", make=True).close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_reading_waits_for_no_pipe(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "x") if kind == "pipe" else (tmp_path / "x").mkdir()
    with below.open_folder(str(tmp_path), Owners()) as root, pytest.raises(OSError, match="no plain file"):
        root.file("x")


def test_what_the_operator_names_is_made_and_links_on_the_way_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "back").symlink_to("../real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    below.open_folder(str(tmp_path / "link" / "back" / "new" / "deep"), Owners(), make=True).close()
    assert (tmp_path / "real" / "new" / "deep").is_dir()
    (tmp_path / "loop").symlink_to("loop")
    for name, kind in (("loop", NotADirectoryError), ("real/new/deep/missing", FileNotFoundError)):
        with pytest.raises(kind):
            below.open_folder(str(tmp_path / name), Owners())
