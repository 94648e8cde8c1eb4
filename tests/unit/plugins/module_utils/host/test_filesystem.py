# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and links, on a real filesystem."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem


def test_only_a_plain_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    with filesystem.open_plain(str(tmp_path / "file")) as handle:
        assert handle.read() == b"x"
    for name in ("link", "pipe", ".", "none"):
        with pytest.raises(OSError, match=name):
            filesystem.open_plain(str(tmp_path / name))


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    filesystem.write_json(str(path), {"a": 1})
    with pytest.raises(TypeError):
        filesystem.write_json(str(path), {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1}
    assert os.listdir(tmp_path) == ["r.json"]
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_broken_json_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    assert filesystem.read_json(str(path)) is None
    assert filesystem.read_json(str(path / "below")) is None


def test_where_programs_may_run(tmp_path: Path) -> None:
    assert filesystem.executable(str(tmp_path / "not" / "there"))
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    for _device, folder, _type, options, *_rest in mounts:
        if "noexec" in options.split(",") and folder in ("/proc", "/sys"):
            assert not filesystem.executable(folder + "/not-there")


def test_switching_replaces_a_link_and_a_dangling_one(tmp_path: Path) -> None:
    link = tmp_path / "env"
    for target in ("one", "two"):
        filesystem.switch_link(str(link), target)
        assert os.readlink(link) == target
    assert os.listdir(tmp_path) == ["env"]


def test_a_folder_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    with pytest.raises(ModelEnvError, match="in the way"):
        filesystem.switch_link(str(tmp_path / "env"), "one")
    assert (tmp_path / "env").is_dir()


def test_remove_tree_takes_links_files_and_nothing(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(target)
    filesystem.remove_tree(str(tmp_path / "link"))
    assert target.is_dir(), "a link is removed, not what it points at"
    filesystem.remove_tree(str(target))
    filesystem.remove_tree(str(target))
    assert os.listdir(tmp_path) == []


def test_run_folder_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with filesystem.run_folder(str(tmp_path / "tmp")) as folder:
        assert os.stat(folder).st_mode & 0o777 == 0o700
        Path(folder, "left").write_text("x")
    assert os.listdir(tmp_path / "tmp") == []


def test_free_space_is_asked_where_the_folder_will_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    usage = os.statvfs(tmp_path)

    def statvfs(path: str) -> os.statvfs_result:
        asked.append(path)
        return usage

    monkeypatch.setattr(os, "statvfs", statvfs)
    assert filesystem.free_bytes(str(tmp_path / "not" / "there")) == usage.f_bavail * usage.f_frsize
    assert asked == [str(tmp_path)]


def test_the_operating_systems_errors_are_explained() -> None:
    with pytest.raises(ModelEnvError) as full, filesystem.explained("it cannot be written", "/data"):
        raise OSError(28, "No space left on device")
    assert full.value.kind == "no_space"
    assert full.value.message.endswith("filesystem is full.\nWhat to do: free space there, or choose another folder.")


def test_who_uses_a_folder_says_how_another_one_is_chosen() -> None:
    explained = filesystem.explained("it cannot be made", "/data", "name another root")
    with pytest.raises(ModelEnvError) as denied, explained:
        raise PermissionError(13, "Permission denied")
    assert denied.value.todo == "use become, or name another root"
    with pytest.raises(ModelEnvError) as strange, filesystem.explained("it cannot be made", "/data", "x"):
        raise OSError(5, "Input/output error")
    assert (strange.value.why, strange.value.todo) == ("[Errno 5] Input/output error", "")
