# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheels of a release in the making: foretold, and as its torch says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, Entry, Wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.wheels.of_release import ExtensionWheels, preview
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels, WheelSettings
from ansible_collections.portable.model_env.tests.support import planted, stand_in
from ansible_collections.portable.model_env.tests.support.specs import make_spec

PYTHON = f"{stand_in.TAG[2]}.{stand_in.TAG[3:]}"


def spec(**extension: Any) -> Any:
    return make_spec(
        python=PYTHON,
        torch={"version": stand_in.TORCH, "cuda": "cpu"},
        torch_extensions=[{"name": stand_in.NAME, "version": "1.0", **extension}],
    )


class Node:
    """A wheelhouse, and an environment with a torch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.house = Wheelhouse(str(folder / "house"))
        self.wheels = Wheels(CommandRunner(), WheelSettings(self.house.folder), {"PATH": os.environ["PATH"]})

    def holds(self, **changes: Any) -> Entry:
        """Put a wheel for a key into the house."""
        made = stand_in.extension_wheel(self.folder / f"made{len(self.house.entries())}")
        return self.house.put(stand_in.key(**changes), str(made), BUILT)

    def environment(self, abi: bool = True) -> str:
        """The interpreter of a release in the making."""
        torch = stand_in._TORCH.format(version=stand_in.TORCH, abi=abi)
        return planted.Environment(self.folder / "env").plant(torch=torch).python

    def of(self, spec: Any, given: Any = ()) -> ExtensionWheels:
        """The wheels of a build."""
        return ExtensionWheels(CommandRunner(), self.wheels, spec, given)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_the_wheel_is_a_requirement_and_the_receipt_says_which(node: Node) -> None:
    held = node.holds()
    wheels = node.of(spec())
    (requirement,) = wheels.requirements(node.environment())
    assert requirement.text == f"fused-part @ file://{held.path}#sha256={held.sha256}"
    assert wheels.notes == []
    (fact,) = wheels.facts
    assert (fact["key"], fact["sha256"], fact["origin"]) == (stand_in.key().as_dict(), held.sha256, "built")


def test_a_spec_without_extensions_starts_nothing(node: Node) -> None:
    assert node.of(make_spec()).requirements("/no/such/python") == ()


def test_what_the_environment_says_wins_over_the_prediction_and_is_remembered(node: Node) -> None:
    node.holds()
    old = node.holds(cxx11abi=False)
    given = node.of(spec()).foretold(take=True)
    wheels = node.of(spec(), given)
    (requirement,) = wheels.requirements(node.environment(abi=False))
    assert old.path in requirement.text
    (note,) = wheels.notes
    assert note.startswith("fused-part: the environment says another key than was predicted: ")
    assert node.of(spec()).foretold(take=True)[0]["path"] == old.path


def test_a_prediction_that_was_wrong_and_left_no_wheel_says_run_again(node: Node) -> None:
    node.holds()
    given = node.of(spec()).foretold(take=True)
    with pytest.raises(ModelEnvError) as caught:
        node.of(spec(), given).requirements(node.environment(abi=False))
    assert caught.value.kind == "wheel"
    assert caught.value.todo.startswith("run again")


@pytest.mark.parametrize(
    ("take", "build", "fails"),
    [(True, "auto", True), (True, "never", True), (False, "auto", False), (False, "never", True)],
)
def test_what_is_missing_is_said_before_torch_comes(node: Node, take: bool, build: str, fails: bool) -> None:
    """Looking, a wheel that would be built is fine; taking, it has to be there."""
    wheels = node.of(spec(build=build))
    if not fails:
        assert [one["outcome"] for one in wheels.foretold(take)] == ["build"]
        return
    with pytest.raises(ModelEnvError, match="there is no wheel of fused-part") as caught:
        wheels.foretold(take)
    assert caught.value.kind == "wheel"


def test_a_preview_names_the_wheel_before_it_is_here(node: Node) -> None:
    found = node.of(spec()).foretold(take=False)
    (change,) = preview(found, "/opt/house")
    assert (change.name, change.before) == ("fused-part", None)
    assert f"file:///opt/house/{stand_in.key().slug()}/{found[0]['wheel']}".replace("*", "%2A") in str(change)
