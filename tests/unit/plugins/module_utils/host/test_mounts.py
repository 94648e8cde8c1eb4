# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of the filesystem below a path, and by which words two hosts know that they have the same folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem, mounts

MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 8:2 / /data rw,relatime shared:2 - xfs /dev/sdb1 rw
41 40 0:30 / /data/fast rw,relatime - tmpfs tmpfs rw
42 22 0:31 / /data2 rw - nfs4 server:/export rw
43 22 0:32 / /mnt/with\\040space rw master:5 - lustre 10.0.0.1@tcp:/fs rw
44 41 0:33 / /data/fast rw,relatime - overlay overlay rw
"""


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        ("/srv", ("/", "ext4")),
        ("/data", ("/data", "xfs")),
        ("/data/x", ("/data", "xfs")),
        ("/data2/x", ("/data2", "nfs4")),
        ("/data/faster", ("/data", "xfs")),
        # What was mounted last hides what was mounted there before.
        ("/data/fast/x", ("/data/fast", "overlay")),
        ("/mnt/with space/x", ("/mnt/with space", "lustre")),
    ],
)
def test_the_innermost_mount_counts(
    path: str, mount: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTINFO)

    def planted(name: str, **how: Any) -> Any:
        assert name == "/proc/self/mountinfo"
        return open(tmp_path / "mountinfo", **how)

    monkeypatch.setattr(mounts, "open", planted, raising=False)
    monkeypatch.setattr(filesystem, "existing_parent", lambda _path: path)
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result((4096, 4096, 10, 5, 4, 0, 0, 0, 0, 255)))
    monkeypatch.setattr(os, "stat", lambda _path: type("Found", (), {"st_dev": 77}))
    monkeypatch.setattr(os.path, "realpath", lambda name: name)
    found = mounts.describe(path)
    assert (found["mount"], found["type"]) == mount
    assert (found["size"], found["free"], found["device"]) == (10 * 4096, 4 * 4096, 77)
    assert found["inodes"] == -1, "the filesystem has no such number"


@pytest.mark.parametrize(
    ("flags", "read_only", "noexec"),
    [(0, False, False), (os.ST_RDONLY, True, False), (os.ST_NOEXEC | os.ST_NOSUID, False, True)],
)
def test_how_it_is_mounted(
    flags: int, read_only: bool, noexec: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result((4096, 4096, 10, 5, 4, 9, 8, 7, flags, 255)))
    found = mounts.describe(str(tmp_path))
    assert (found["read_only"], found["noexec"], found["inodes"]) == (read_only, noexec, 7)


def test_a_folder_that_is_not_there_yet_is_told_of_by_the_one_that_will_hold_it(tmp_path: Path) -> None:
    wanted = tmp_path / "not" / "there"
    found = mounts.describe(str(wanted))
    assert (found["path"], found["device"]) == (str(wanted), tmp_path.stat().st_dev)
    assert os.path.ismount(found["mount"])
    assert str(tmp_path.resolve()).startswith(found["mount"])
    assert found["type"]
    assert found["writable"]
    assert not wanted.parent.exists(), "looking leaves nothing behind"


def test_a_node_without_proc_says_no_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_name: str, **_how: Any) -> Any:
        raise PermissionError

    monkeypatch.setattr(mounts, "open", closed, raising=False)
    found = mounts.describe(str(tmp_path))
    assert (found["mount"], found["type"]) == ("", "")


LOCAL = "36 1 8:1 / / rw - ext4 /dev/sda1 rw\n"


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of proc(5)'s mountinfo."""
    path = tmp_path / "mountinfo"
    path.write_text(LOCAL)
    monkeypatch.setattr(mounts, "_MOUNTS", str(path))
    return path


def test_one_folder_by_two_mounts_of_a_machine_is_one_place(mounted: Path) -> None:
    """As two containers have it that share a folder of their machine."""
    outside = mounts.place("/srv/shared/model_env")
    mounted.write_text(LOCAL + "50 36 8:1 /srv/shared /data rw - ext4 /dev/sda1 rw\n")
    assert mounts.place("/data/model_env") == outside
    assert outside[1] is False


def test_one_path_on_two_filesystems_is_two_places(mounted: Path) -> None:
    here = mounts.place("/opt/model_env")
    mounted.write_text(LOCAL.replace("8:1", "8:17"))
    assert mounts.place("/opt/model_env") != here


def test_a_place_is_the_same_before_and_after_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "root"
    before = mounts.place(str(path))
    path.mkdir(parents=True)
    assert mounts.place(str(path)) == before
    assert len(before[0]) == 64


def test_machines_have_no_local_folder_in_common(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = mounts.place("/opt/model_env")
    monkeypatch.setattr(mounts, "_boot", lambda: "another")
    assert mounts.place("/opt/model_env") != here
    mounted.write_text(LOCAL.replace("ext4 /dev/sda1", "nfs4 nas:/export"))
    shared = mounts.place("/opt/model_env")
    monkeypatch.setattr(mounts, "_boot", lambda: "a third")
    assert mounts.place("/opt/model_env") == shared
    assert shared[1] is True


@pytest.mark.parametrize(
    ("source", "tells"),
    [
        ("nas:/export", True),
        ("10.0.0.1@tcp:10.0.0.2@tcp:/lustre", True),
        ("//nas/share", True),
        ("[fd00::1]:/export", True),
        ("user@nas:/home", True),
        ("localhost:/volume", False),
        ("127.0.0.1:/volume", False),
        ("[::1]:/volume", False),
        ("/etc/glusterfs/client.vol", False),
        ("beegfs_nodev", False),
        ("share0", False),
    ],
)
def test_a_source_tells_where_it_names_another_machine(mounted: Path, source: str, tells: bool) -> None:
    mounted.write_text(LOCAL.replace("ext4 /dev/sda1", f"fuse.any {source}"))
    place, elsewhere = mounts.place("/opt/model_env")
    assert (bool(place), elsewhere) == (tells, True)


def test_without_proc_nothing_is_known(mounted: Path) -> None:
    mounted.unlink()
    assert mounts.place("/opt/model_env") == ("", True)
