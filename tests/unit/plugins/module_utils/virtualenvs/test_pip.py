# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of the module pip where no installer is needed; its life is told in modules/pip/."""

from __future__ import annotations

import os
import sys
import venv
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.pip import PipRunner, PipSettings
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.request import PipRequest

ALPHA = PipRequest(names=("alpha",))


def put(environment: Path, name: str) -> None:
    """An installed distribution."""
    site = next(environment.glob("lib/python3*/site-packages"))
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "RECORD").write_text("")


def runner(path: Path, check: bool = False, **settings: str) -> PipRunner:
    return PipRunner(CommandRunner(), PipSettings(str(path), lock_wait=0, **settings), os.environ, check)  # type: ignore[arg-type]


@pytest.mark.parametrize("check", [False, True])
def test_nothing_is_removed_from_an_environment_that_is_not_there(tmp_path: Path, check: bool) -> None:
    result = runner(tmp_path / "env", check, state="absent").run(ALPHA)
    assert not result.changed
    assert os.listdir(tmp_path) == []


def test_a_check_run_says_what_would_be_removed(tmp_path: Path) -> None:
    path = tmp_path / "env"
    venv.create(path, symlinks=True)
    put(path, "alpha")
    put(path, "omega")
    result = runner(path, check=True, state="absent").run(PipRequest(names=("alpha", "gamma")))
    assert [(change.name, change.before, change.after) for change in result.changes] == [("alpha", "1.0", None)]
    assert (result.before, result.after) == ("alpha==1.0\nomega==1.0\n", "omega==1.0\n")
    assert sorted(os.listdir(tmp_path)) == ["env"]


def test_a_check_run_waits_for_another_run_and_gives_up(tmp_path: Path) -> None:
    path = tmp_path / "env"
    venv.create(path, symlinks=True)
    with Hold(f"{path}.lock", "another").acquire(wait=0), pytest.raises(ModelEnvError) as caught:
        runner(path, check=True, state="absent").run(ALPHA)
    assert caught.value.kind == "locked"


def test_tools_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ModelEnvError, match="is no tools environment"):
        runner(tmp_path / "env", tools=str(tmp_path / "nothing")).run(PipRequest())


def test_a_program_that_is_named_wins_over_the_tools(tmp_path: Path) -> None:
    rare = next(name for name, one in registry.INSTALLERS.items() if not one.everywhere)
    settings = PipSettings(str(tmp_path), tools=sys.prefix, executables={rare: "/mine", registry.NATIVE.name: ""})
    found = PipRunner(CommandRunner(), settings, os.environ)._tools()
    assert found.command(rare) == ("/mine",)
    assert found.command(registry.NATIVE.name)[0] == f"{sys.prefix}/bin/python"
