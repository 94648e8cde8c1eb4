# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual environment that is looked at, replaced, and put right after a kill."""

from __future__ import annotations

import os
import sys
import time
import venv
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.virtualenv import Virtualenv

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def one(tmp_path: Path) -> Virtualenv:
    path = tmp_path / "env"
    venv.create(path, symlinks=True)
    return Virtualenv(str(path), CommandRunner())


def test_what_is_there(one: Virtualenv, tmp_path: Path) -> None:
    assert one.exists
    assert not Virtualenv(str(tmp_path / "none"), CommandRunner()).exists
    (tmp_path / "empty").mkdir()
    assert not Virtualenv(str(tmp_path / "empty"), CommandRunner()).exists
    (tmp_path / "file").touch()
    with pytest.raises(ModelEnvError, match="in the way"):
        _seen = Virtualenv(str(tmp_path / "file"), CommandRunner()).exists
    with pytest.raises(ModelEnvError, match="absolute path"):
        Virtualenv("env", CommandRunner())


def test_whether_it_can_stay(one: Virtualenv) -> None:
    assert one.misfit("") == ""
    assert one.misfit(VERSION) == ""
    assert one.misfit(os.path.realpath(sys.executable)) == ""
    assert "wanted is 3.1" in one.misfit("3.1"), "3.11 is no 3.1"
    settings = Path(one.path, "pyvenv.cfg")
    settings.write_text(settings.read_text().replace("= false", "= true"))
    assert "system's site packages" in one.misfit("")
    os.unlink(one.python)
    assert one.misfit("") == "its interpreter is gone"


def test_the_interpreter_underneath_another_environment(one: Virtualenv) -> None:
    assert one.interpreter(one.python) == os.path.realpath(sys.executable)
    with pytest.raises(ModelEnvError) as caught:
        one.interpreter("/nowhere/python")
    assert caught.value.kind == "interpreter"


def test_replacing(one: Virtualenv) -> None:
    Path(one.path, "old").touch()
    with pytest.raises(FileNotFoundError), one.replaced():
        Path(one.path, "new", "file").touch()  # into a folder that is not there
    assert Path(one.path, "old").exists(), "the old one is back"
    with one.replaced():
        os.mkdir(one.path)
    assert os.listdir(one.path) == []
    assert os.listdir(os.path.dirname(one.path)) == ["env"], "nothing is left beside it"


@pytest.mark.parametrize("half_built", [False, True])
def test_after_a_kill_the_old_one_is_back(one: Virtualenv, half_built: bool) -> None:
    Path(one.path, "old").touch()
    replacing = one.replaced()
    replacing.__enter__()
    if half_built:
        os.mkdir(one.path)
    Virtualenv(one.path, CommandRunner()).recover()
    assert Path(one.path, "old").exists()
    assert os.listdir(os.path.dirname(one.path)) == ["env"]


def test_leftovers_of_runs_go_and_those_of_check_runs_only_when_they_are_old(one: Virtualenv) -> None:
    folder = Path(one.path).parent
    for name in ("tmp-x", "check-new", "check-old"):
        (folder / f".env.model_env-{name}").mkdir()
    long_ago = time.time() - 2 * 86400
    os.utime(folder / ".env.model_env-check-old", (long_ago, long_ago))
    (folder / ".env.other").mkdir()
    one.recover()
    assert sorted(os.listdir(folder)) == [".env.model_env-check-new", ".env.other", "env"]


def test_temporary_files_lie_beside_it(one: Virtualenv) -> None:
    with one.temporary() as folder:
        assert os.path.dirname(folder) == os.path.dirname(one.path)
        Path(folder, "x").touch()
    assert not os.path.exists(folder)
