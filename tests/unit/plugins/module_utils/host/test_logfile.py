# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs, and the device that is always full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log


def test_a_log_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    for text in (b"one\n", b"two\n"):
        with open_log(str(path)) as log:
            log.write(text)
    assert path.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("path", ["", "/dev/full"])
def test_a_command_ends_well_where_its_log_is_kept_nowhere(path: str) -> None:
    with open_log(path) as log:
        log.write(b"head\n")
        result = CommandRunner().run(["printf", "line\nrest"], log=log)
    assert (result.rc, result.stdout) == (0, "line\nrest")


def test_a_log_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        open_log(str(tmp_path))


@pytest.mark.parametrize(("folder", "mode"), [(0o755, 0o600), (0o2775, 0o640)])
def test_a_log_is_private_or_of_the_group_that_its_folder_hands_on(tmp_path: Path, folder: int, mode: int) -> None:
    path = tmp_path / "logs" / "x.log"
    path.parent.mkdir()
    path.parent.chmod(folder)
    path.touch(0o644)  # as older versions made it
    umask = os.umask(0)
    try:
        open_log(str(path)).close()
        open_log(str(path.with_name("y.log"))).close()
    finally:
        os.umask(umask)
    assert [one.stat().st_mode & 0o777 for one in (path, path.with_name("y.log"))] == [mode, mode]


def test_a_log_holds_no_secret_and_every_other_byte(tmp_path: Path) -> None:
    masking.conceal("hf_EXAMPLE")
    with open_log(str(tmp_path / "x.log")) as log:
        log.write(b"\xff hf_EXAMPLE \xc3\xa4\n")
    assert (tmp_path / "x.log").read_bytes() == b"\xff ******** \xc3\xa4\n"
