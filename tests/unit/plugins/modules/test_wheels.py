# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module wheels with a fleet's wheelhouse that is a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels import house as wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import Wheelhouse
from ansible_collections.portable.model_env.tests.support import module_process, planted, stand_in


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    """An environment with a torch, and a fleet that has the wheel for it."""
    fleet = Wheelhouse(str(tmp_path / "fleet"))
    fleet.put(stand_in.key(), str(stand_in.extension_wheel(tmp_path / "made")), wheelhouse.BUILT)
    torch = stand_in._TORCH.format(version=stand_in.TORCH, abi=True)
    environment = planted.Environment(tmp_path / "env").plant(torch=torch)
    return {
        "root": str(tmp_path / "root"),
        "wheelhouse": fleet.folder,
        "virtualenv": str(environment.folder),
        "extensions": [{"name": stand_in.NAME, "version": "1.0"}],
    }


def test_a_wheel_is_taken_once(arguments: dict[str, Any]) -> None:
    root = Path(arguments["root"])
    looked = module_process.run("wheels", arguments, check=True)
    assert (looked["failed"], looked["changed"], looked["wheels"][0]["outcome"]) == (False, True, "fetch")
    assert not root.exists()
    taken = module_process.run("wheels", arguments)
    assert (taken["changed"], taken["wheels"][0]["outcome"]) == (True, "ready")
    assert Path(taken["wheels"][0]["path"]).is_relative_to(root / "wheelhouse")
    again = module_process.run("wheels", arguments)
    assert (again["changed"], again["wheels"][0]["path"]) == (False, taken["wheels"][0]["path"])


def test_what_the_plan_wants_is_looked_for_without_asking_an_environment(arguments: dict[str, Any]) -> None:
    wanted = module_process.run("wheels", arguments, check=True)["wheels"]
    given = {"root": arguments["root"], "wheelhouse": arguments["wheelhouse"], "wanted": wanted}
    assert module_process.run("wheels", given)["wheels"][0]["outcome"] == "ready"


def test_a_wheel_that_nobody_has_changes_nothing_and_fails_nothing(arguments: dict[str, Any]) -> None:
    result = module_process.run("wheels", {**arguments, "wheelhouse": ""})
    assert (result["failed"], result["changed"], result["wheels"][0]["outcome"]) == (False, False, "build")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extensions": None}, "parameters are required together: virtualenv, extensions"),
        ({"virtualenv": "/no/such/environment"}, "/no/such/environment"),
        ({"extensions": [{"version": "1.0"}]}, "the torch extension cannot be read"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], changes: dict[str, Any], message: str) -> None:
    given = {name: value for name, value in {**arguments, **changes}.items() if value is not None}
    result = module_process.run("wheels", given)
    assert result["failed"]
    assert message in result["msg"]
