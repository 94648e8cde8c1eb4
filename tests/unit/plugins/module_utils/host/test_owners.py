# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose folders are believed, on a real filesystem with real owners and modes."""

from __future__ import annotations

import grp
import os
import pwd
import struct
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.tests.support import other_user

pytestmark = other_user.needs_root
STRANGER = pwd.getpwuid(other_user.UID).pw_name


@pytest.fixture
def shared() -> Iterator[Path]:
    with other_user.public_folder() as folder:
        yield folder


def refusal(path: Path, *trusted: str) -> str:
    """What is said of a folder; "" if it is taken."""
    try:
        Owners(trusted).refuse(str(path))
    except ModelEnvError as error:
        return error.what if error.kind == "foreign" else repr(error)
    return ""


@pytest.mark.parametrize(
    ("owner", "mode", "said"),
    [
        (0, 0o755, ""),
        (0, 0o700, ""),
        (0, 0o1777, "may be written by everybody (mode 1777)"),
        (0, 0o757, "may be written by everybody (mode 757)"),
        (other_user.UID, 0o755, f"belongs to {STRANGER} (mode 755)"),
        (other_user.UID, 0o500, f"belongs to {STRANGER} (mode 500)"),
    ],
)
def test_the_folder_itself(shared: Path, owner: int, mode: int, said: str) -> None:
    root = shared / "root"
    root.mkdir()
    os.chown(root, owner, 0)
    root.chmod(mode)
    assert refusal(root) == (f"{root} {said}" if said else "")
    (root / "inside").mkdir()
    above = "" if mode == 0o1777 else said  # nobody renames what is another's in a sticky folder
    assert refusal(root / "inside") == refusal(root / "missing" / "below") == (f"{root} {above}" if above else "")


def test_users_and_groups_that_are_named_are_trusted(shared: Path) -> None:
    root = shared / "root"
    root.mkdir()
    os.chown(root, other_user.UID, 0)
    group = grp.getgrgid(pwd.getpwuid(other_user.UID).pw_gid).gr_name
    for name in (STRANGER, str(other_user.UID), group):
        assert refusal(root, name) == ""
    assert refusal(root, "no-such-user-here") == f"{root} belongs to {STRANGER} (mode 755)"


def test_a_group_may_write_if_all_its_members_are_trusted(shared: Path) -> None:
    """So the private group of a user is fine, as on systems whose umask is 002."""
    root = shared / "root"
    root.mkdir()
    root.chmod(0o775)
    assert refusal(root) == "", "root is the only member of its group"
    theirs = pwd.getpwuid(other_user.UID).pw_gid
    os.chown(root, 0, theirs)
    name = grp.getgrgid(theirs).gr_name
    assert refusal(root).startswith(f"{root} may be written by the group {name}, as its member ")
    assert refusal(root, name) == ""
    os.chown(root, 0, 54321)
    assert "the group 54321" in refusal(root)


def test_an_access_list_says_who_the_group_bits_are_for(shared: Path) -> None:
    root = shared / "root"
    root.mkdir()
    entries = [(1, 7, -1), (2, 7, other_user.UID), (4, 5, -1), (16, 7, -1), (32, 5, -1)]
    data = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    try:
        os.setxattr(root, "system.posix_acl_access", data)
    except OSError as error:
        pytest.skip(f"no access lists here: {error}")
    assert refusal(root) == f"{root} may be written by {STRANGER} (access control list)"
    assert refusal(root, STRANGER) == ""


def test_links_are_followed_and_looked_at(shared: Path) -> None:
    (shared / "disk" / "root").mkdir(parents=True)
    (shared / "mine").symlink_to("disk/../disk/root")
    assert refusal(shared / "mine") == ""
    (shared / "disk").chmod(0o777)
    assert refusal(shared / "mine") == f"{shared / 'disk'} may be written by everybody (mode 777)"
    (shared / "open").mkdir()
    (shared / "open").chmod(0o1777)
    other_user.do(lambda: (shared / "open" / "link").symlink_to("/"))
    assert refusal(shared / "open" / "link" / "etc") == f"{shared / 'open' / 'link'} belongs to {STRANGER} (mode 777)"
    (shared / "loop").symlink_to("loop")
    assert refusal(shared / "loop") == ""


def test_what_lies_inside_a_folder_that_changed_hands(shared: Path) -> None:
    root = shared / "root"
    root.mkdir()
    root.chmod(0o777)
    other_user.do((root / "tools").mkdir)
    root.chmod(0o755)
    Owners().refuse(str(root))
    with pytest.raises(ModelEnvError, match=f"tools belongs to {STRANGER}"):
        Owners().refuse_inside(str(root))
    Owners([STRANGER]).refuse_inside(str(root))
    Owners().refuse_inside(str(shared / "missing"))
