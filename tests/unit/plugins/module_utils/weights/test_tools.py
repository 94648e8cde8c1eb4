# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the Python with huggingface_hub comes from."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.weights.tools import hub_python

LOCK = "huggingface-hub==2.4.0 --hash=sha256:" + "0" * 64
ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/none", "PIP_CONFIG_FILE": "/dev/null"}


class Tools:
    """Looks for interpreters as they are, and makes environments without fetching anything.

    :param rc: how every installation ends.
    """

    def __init__(self, rc: int = 0) -> None:
        self._rc = rc
        self._real = CommandRunner()
        self.made: list[str] = []

    def run(self, argv: Sequence[str], **more: Any) -> CommandResult:
        """Run it, if it is no work."""
        if "venv" in argv and argv[-1] != "--help":
            self.made.append(argv[-1])
            (Path(argv[-1]) / "bin").mkdir(parents=True)
            (Path(argv[-1]) / "bin" / "python").symlink_to(sys.executable)
            return CommandResult(tuple(argv), 0, "", "", 0.0)
        if "install" in argv:
            return CommandResult(tuple(argv), self._rc, "", "ERROR: no route", 0.0)
        return self._real.run(argv, **more)


def folder(root: Path) -> Path:
    return root / "tools" / hashlib.sha256(LOCK.encode()).hexdigest()[:12]


def test_tools_are_made_once_below_the_root(tmp_path: Path) -> None:
    tools = Tools()
    for _time in range(2):
        assert hub_python(tools, str(tmp_path), LOCK, {}, ENVIRON, False) == str(folder(tmp_path) / "bin" / "python")
    assert tools.made == [str(folder(tmp_path))]
    assert not (tmp_path / "lock").exists()


def test_check_mode_leaves_the_root_alone(tmp_path: Path) -> None:
    python = hub_python(Tools(), str(tmp_path / "root"), LOCK, {}, ENVIRON, True)
    assert not (tmp_path / "root").exists()
    assert not python.startswith(str(tmp_path))


def test_tools_that_are_there_cost_no_command(tmp_path: Path) -> None:
    (folder(tmp_path) / "bin").mkdir(parents=True)
    (folder(tmp_path) / "bin" / "python").symlink_to(sys.executable)
    (folder(tmp_path) / "complete.json").write_text(json.dumps({"python": sys.executable}))

    class Nothing:
        def run(self, argv: Sequence[str], **_more: Any) -> CommandResult:
            raise AssertionError(argv)

    assert hub_python(Nothing(), str(tmp_path), LOCK, {}, ENVIRON, True) == str(folder(tmp_path) / "bin" / "python")


def test_what_cannot_be_installed_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelEnvError) as caught:
        hub_python(Tools(rc=1), str(tmp_path), LOCK, {}, ENVIRON, False)
    assert caught.value.kind == "network"
    assert caught.value.what.startswith("huggingface_hub cannot be installed for the node: ")
    assert not folder(tmp_path).exists()
