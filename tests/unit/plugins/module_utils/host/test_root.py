# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of a root, its lock and its logs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import LOGS_KEPT, Root
from ansible_collections.portable.model_env.tests.support import other_user


@pytest.fixture
def root(tmp_path: Path) -> Root:
    root = Root(str(tmp_path / "root"))
    root.prepare()
    return root


def test_the_newest_logs_are_kept(root: Root) -> None:
    for number in range(LOGS_KEPT + 5):
        Path(root.new_log("demo", f"2026{number:04}")).write_text("")
    Path(root.new_log("demo-two", "20269999")).write_text("")
    assert len([name for name in os.listdir(root.logs) if name.startswith("demo-2")]) == LOGS_KEPT
    assert Path(root.logs, "demo-20260024.log").exists()


def test_a_relative_root_is_refused() -> None:
    with pytest.raises(ModelEnvError, match="not an absolute path"):
        Root("relative")


PLACES = (
    "",
    "releases",
    "releases/demo-1",
    "envs",
    "envs/demo",
    "tmp",
    "store",
    "build",
    "wheelhouse",
    "logs",
    "state",
)
TOOLS = ("tools", "tools/0123", "tools/0123/bin", "tools/0123/bin/python")


@other_user.needs_root
@pytest.mark.parametrize("kind", other_user.KINDS)
def test_nothing_that_others_prepared_is_believed_or_written_through(kind: str) -> None:
    """In a root that everybody could write once."""
    for place in (*PLACES, *TOOLS, "lock"):
        with other_user.public_folder() as shared:
            outside = other_user.outside_of(shared)
            (shared / "open").mkdir()
            (shared / "open").chmod(0o1777)
            path = shared / "open" / "root" / place
            made = [folder for folder in path.parents if shared / "open" in folder.parents]
            path.parent.mkdir(parents=True, exist_ok=True)
            for folder in made:
                folder.chmod(0o777)
            other_user.plant(kind, path, outside)
            for folder in made:
                folder.chmod(0o755)
            before = other_user.snapshot(outside)
            refused = None
            try:
                root = Root(str(shared / "open" / "root"))
                root.prepare()
                root.hold("looking").acquire().release()
            except ModelEnvError as error:
                refused = error
            assert other_user.snapshot(outside) == before, place
            # What root itself put there, by a link or as a device, is not another's.
            if kind not in ("hard link", "device"):
                assert refused is not None and refused.kind == "foreign", place
                assert str(path) in refused.what and "nobody" in refused.what


@other_user.needs_root
@pytest.mark.parametrize("change", [(other_user.UID, 0o755), (0, 0o777), (0, 0o1777)])
def test_a_root_of_somebody_else_is_refused_unless_its_owner_is_named(change: tuple[int, int]) -> None:
    owner, mode = change
    with other_user.public_folder() as shared:
        root = shared / "root"
        Root(str(root)).prepare()
        os.chown(root, owner, 0)
        root.chmod(mode)
        for path in (root, root / "below"):
            with pytest.raises(ModelEnvError) as caught:
                Root(str(path))
            assert caught.value.kind == "foreign"
            assert caught.value.what.startswith(f"{root} ")
            if mode == 0o1777:
                break  # what is below a sticky folder is as safe as below /tmp
        if owner:
            Root(str(root), Owners([str(owner)])).prepare()


def test_what_is_made_is_not_for_a_group_to_write(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        Root(str(tmp_path / "root")).prepare()
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "root").iterdir()} == {0o755}


def test_weights_are_no_part_of_a_root(tmp_path: Path) -> None:
    (tmp_path / "root" / "weights").mkdir(parents=True)
    (tmp_path / "root" / "weights").chmod(0o777)
    Root(str(tmp_path / "root"))
