# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding interpreters: the real ones of this machine, and scripted ones."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


def facts(version: str, **fields: Any) -> str:
    empty = {"version": version, "base": "/usr", "prefix": "/usr", "venv": True, "ensurepip": True, "pip": True}
    return json.dumps({**empty, **fields})


def executable(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any interpreter of its own."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(interpreters, "_FOLDERS", ())
    monkeypatch.setattr(sys, "executable", "/nowhere/python")


def test_this_machines_own_python_is_found_and_is_no_virtual_environment() -> None:
    found = Interpreters(CommandRunner()).find(THIS)
    assert found.version.startswith(THIS + ".")
    assert found.venv
    assert not os.path.exists(os.path.join(os.path.dirname(os.path.dirname(found.path)), "pyvenv.cfg"))


def test_what_is_missing_is_said_with_what_there_is() -> None:
    with pytest.raises(ModelEnvError) as missing:
        Interpreters(CommandRunner()).find("3.99")
    assert missing.value.kind == "interpreter"
    assert "no Python 3.99" in missing.value.message
    assert f"it has {THIS}." in missing.value.message or f", {THIS}." in missing.value.message
    assert "the option `interpreters`: {'3.99': /path/to/python}" in missing.value.message


def test_the_operators_path_comes_first_and_is_checked(tmp_path: Path, nowhere: None, scripted_runner: Any) -> None:
    path = executable(tmp_path, "snake")
    scripted_runner.expect([path], stdout=facts("3.12.1"))
    assert Interpreters(scripted_runner, {"3.12": path}).find("3.12").path == path


def test_a_wrong_name_is_not_believed(tmp_path: Path, nowhere: None, scripted_runner: Any) -> None:
    path = executable(tmp_path, "python3.12")
    scripted_runner.expect([path], stdout=facts("3.13.0"))
    with pytest.raises(ModelEnvError, match=r"it has 3\.13\.0"):
        Interpreters(scripted_runner, {"3.12": path}).find("3.12")


def test_an_exact_patch_version_is_exact(tmp_path: Path, nowhere: None, scripted_runner: Any) -> None:
    path = executable(tmp_path, "python3.11")
    scripted_runner.expect([path], stdout=facts("3.11.70"))
    with pytest.raises(ModelEnvError):
        Interpreters(scripted_runner, {"3.11.7": path}).find("3.11.7")


def test_shims_that_fail_are_passed_over(tmp_path: Path, nowhere: None, scripted_runner: Any) -> None:
    broken, good = executable(tmp_path, "broken"), executable(tmp_path, "good")
    scripted_runner.expect([broken], rc=127, stderr="pyenv: command not found")
    scripted_runner.expect([good], stdout=facts("3.11.7"))
    assert Interpreters(scripted_runner, {"3.11": broken, "3.11.7": good}).find("3.11").path == good


def test_each_candidate_is_started_once(tmp_path: Path, nowhere: None, scripted_runner: Any) -> None:
    path = executable(tmp_path, "python3.11")
    scripted_runner.expect([path], stdout=facts("3.11.7"))
    finder = Interpreters(scripted_runner, {"3.11": path})
    assert finder.find("3.11") == finder.find("3.11.7")


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ([{"ensurepip": False}, {}], 1),
        ([{"ensurepip": False}, {"ensurepip": False, "pip": False}], 0),
        ([{"venv": False}, {}], 1),
    ],
    ids=["ensurepip wins", "pip will do", "venv is needed"],
)
def test_the_tools_interpreter(
    tmp_path: Path, nowhere: None, scripted_runner: Any, given: list[dict[str, Any]], chosen: int
) -> None:
    paths = [executable(tmp_path, f"p{number}") for number in range(len(given))]
    for path, fields in zip(paths, given):
        scripted_runner.expect([path], stdout=facts("3.11.7", **fields))
    explicit = {f"3.11.{number}": path for number, path in enumerate(paths)}
    assert Interpreters(scripted_runner, explicit).any_with_pip().path == paths[chosen]


def test_no_interpreter_for_the_tools_names_the_package(nowhere: None, scripted_runner: Any) -> None:
    with pytest.raises(ModelEnvError, match="python3-venv"):
        Interpreters(scripted_runner).any_with_pip()
