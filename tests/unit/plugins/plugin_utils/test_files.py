# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of reports: whole or not at all, with the mode that the operator wants."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import has_control
from ansible_collections.portable.model_env.plugins.plugin_utils import files


@pytest.fixture(params=[0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    old = os.umask(request.param)
    yield request.param
    os.umask(old)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_of_the_umask_and_its_folders_are_made(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "a" / "b" / "report.json"
    files.write_json(str(path), {"b": 1, "a": "é"})
    assert json.loads(path.read_text()) == {"a": "é", "b": 1}
    assert mode(path) == 0o666 & ~umask
    assert [one.name for one in path.parent.iterdir()] == ["report.json"]


def test_an_old_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "2026.json", tmp_path / "latest.json"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path.name)
    before = path.stat().st_ino
    files.write(str(link), "new")
    assert path.read_text() == "new"
    assert (mode(path), link.is_symlink()) == (0o640, True)
    assert path.stat().st_ino != before, "replaced, not written over: a reader has the old one or the new one"


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write(str(pipe), "text")
    assert os.read(reader, 100) == b"text"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "report.json", tmp_path):
        with pytest.raises(ModelEnvError) as caught:
            files.write(str(path), "text")
        assert "the report cannot be written" in caught.value.message
        assert str(path) in caught.value.message
        assert "model_env_root" not in caught.value.message, "the cure is for the controller"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_json_holds_the_data_and_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    data = {"why": "\x1b[2J\x07\x7f\x9b2J\u202e\u2028 \\x7f\n", "\x7f": ["é"]}
    files.write_json(str(tmp_path / "report.json"), data)
    text = (tmp_path / "report.json").read_text()
    assert json.loads(text) == data
    assert not any(has_control(line) for line in text.split("\n"))
