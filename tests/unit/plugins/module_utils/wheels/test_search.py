# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's torch extensions need, and where it comes from: predicted, and asked of a planted environment."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, Wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels, WheelSettings
from ansible_collections.portable.model_env.tests.support import packages, planted, stand_in
from ansible_collections.portable.model_env.tests.support.specs import make_spec

PYTHON = f"{stand_in.TAG[2]}.{stand_in.TAG[3:]}"
EXTENSION = {"name": stand_in.NAME, "version": "1.0"}
SPEC = make_spec(
    python=PYTHON,
    torch={"version": stand_in.TORCH, "cuda": "cpu", "requirements": [f"torch=={stand_in.TORCH}"]},
    torch_extensions=[EXTENSION],
    index_url="https://mirror.test/simple",
    find_links=["/srv/wheels"],
)
SAID = {"cxx11abi": True, "platform": stand_in.PLATFORM}


@pytest.fixture
def wheels(tmp_path: Path) -> Wheels:
    return Wheels(CommandRunner(), WheelSettings(str(tmp_path / "house")), {"PATH": os.environ["PATH"]})


def test_the_key_is_predicted_from_the_spec_and_the_node(wheels: Wheels) -> None:
    (request,) = wheels.predicted(SPEC)
    assert request["key"] == stand_in.key().as_dict()
    assert (request["environment"], request["trouble"], Extension.from_dict(request["entry"])) == (
        "demo", "", *SPEC.torch_extensions
    )  # fmt: skip
    assert request["torch"] == [f"torch=={stand_in.TORCH}"]
    assert (request["index_url"], request["find_links"]) == ("https://mirror.test/simple", ["/srv/wheels"])


@pytest.mark.parametrize("spec", [replace(SPEC, torch_extensions=()), replace(SPEC, torch=None)])
def test_without_torch_or_extensions_nothing_is_needed(wheels: Wheels, spec: Spec) -> None:
    assert wheels.predicted(spec) == []


def test_what_an_environment_said_of_a_torch_build_is_predicted_the_next_time(wheels: Wheels) -> None:
    old = {**SAID, "cxx11abi": False}
    assert SPEC.torch is not None
    wheels.remember(SPEC.torch, old)
    assert wheels.predicted(SPEC)[0]["key"]["cxx11abi"] is False
    another = replace(SPEC, torch=replace(SPEC.torch, version="2.12.0"))
    assert wheels.predicted(another)[0]["key"]["cxx11abi"] is True, "of that build alone"


def test_an_environment_is_asked_itself(wheels: Wheels, tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env")
    environment.plant(torch=stand_in._TORCH.format(version="2.12.3", abi=False)).distribution("torch", "2.12.3")
    (request,) = wheels.of_environment(environment.python, "train", [Extension.from_dict(EXTENSION)])
    assert request["key"] == stand_in.key(torch="2.12", cxx11abi=False).as_dict()
    assert (request["environment"], request["torch"]) == ("train", ["torch==2.12.3"])


def test_a_tag_is_resolved_and_one_that_is_not_there_fails_that_extension_alone(wheels: Wheels, tmp_path: Path) -> None:
    origin = packages.Repository(tmp_path, "origin")
    commit = origin.commit({"setup.py": ""}, tag="v1")
    source = {"name": stand_in.NAME, "url": f"file://{origin.bare}"}
    extensions = [{**source, "tag": "v1"}, {**source, "tag": "v2"}]
    good, bad = wheels.predicted(replace(SPEC, torch_extensions=tuple(map(Extension.from_dict, extensions))))
    assert good["key"]["commit"] == commit
    assert bad["key"] is None
    (_other, found) = wheels.search([good, bad], take=False)
    assert (found["outcome"], found["looks"][0]["result"], found["slug"]) == ("none", "failed", "")
    assert found["looks"][0]["wheel"] == "v2"


def test_a_wheel_that_is_there_comes_back_as_a_requirement_with_its_hash(wheels: Wheels, tmp_path: Path) -> None:
    held = Wheelhouse(str(tmp_path / "house")).put(
        stand_in.key(),
        str(stand_in.extension_wheel(tmp_path / "made")),
        BUILT,
        {"from": "https://mirror.test/x.whl"},
    )
    (found,) = wheels.search(wheels.predicted(SPEC), take=True)
    assert (found["outcome"], found["path"], found["from"]) == ("ready", held.path, "https://mirror.test/x.whl")
    assert found["requirement"] == f"fused-part @ file://{held.path}#sha256={held.sha256}"


def test_a_wheel_that_nobody_has_is_named_as_a_build_would(wheels: Wheels) -> None:
    (found,) = wheels.search(wheels.predicted(SPEC), take=False)
    assert (found["outcome"], found["requirement"], found["path"]) == ("build", "", "")
    assert found["wheel"] == f"fused_part-1.0-{stand_in.TAG}-{stand_in.TAG}-{stand_in.PLATFORM}.whl"
