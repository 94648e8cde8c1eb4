# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status file, as whoever follows a run reads it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile, StepCounter


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_a_status_names_its_process_and_is_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "status"
    status = StatusFile(str(path))
    assert read(path) == {"pid": os.getpid(), "phase": ""}
    status.phase("fetching", bytes=5)
    assert read(path) == {"pid": os.getpid(), "phase": "fetching", "bytes": 5}
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_not_written_more_often_than_asked_for_but_where_it_must_be(tmp_path: Path) -> None:
    path = tmp_path / "status"
    status = StatusFile(str(path), interval=1e6)
    status.write({"bytes": 1})
    assert read(path)["phase"] == ""
    status.write({"bytes": 2}, force=True)
    assert read(path)["bytes"] == 2
    eager = StatusFile(str(path), interval=0)
    eager.write({"bytes": 3})
    assert read(path)["bytes"] == 3


def test_whoever_reads_sees_one_whole_status_while_the_next_is_written(tmp_path: Path) -> None:
    path = tmp_path / "status"
    status = StatusFile(str(path))
    with open(path, encoding="utf-8") as open_before:
        status.phase("next")
        assert json.load(open_before)["phase"] == ""


def test_a_status_that_cannot_be_written_fails_nobody(tmp_path: Path) -> None:
    StatusFile(str(tmp_path / "not" / "there")).phase("building")
    silent = StatusFile("")
    silent.phase("building")
    assert list(tmp_path.iterdir()) == []


def test_steps_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "status"
    steps = StepCounter(StatusFile(str(path)), "building svd", 3)
    assert read(path)["phase"] == ""
    for number, step in enumerate(("making its folder", "installing torch"), 1):
        steps.next(step)
        assert (read(path)["phase"], read(path)["detail"]) == (f"building svd, step {number} of 3", step)


def test_what_a_server_said_is_printable_and_without_secrets(tmp_path: Path) -> None:
    masking.conceal("hf_EXAMPLE")
    StatusFile(str(tmp_path / "status")).phase("waiting", detail="no, hf_EXAMPLE\x1b[2J\nok: [n1]", done=1)
    said = read(tmp_path / "status")
    assert (said["detail"], said["done"]) == ("no, ********\\x1b[2J\\nok: [n1]", 1)
