# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a root on this machine: what is kept, built, switched to, removed and blocked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.releases import plan as module
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.specs import make_spec
from ansible_collections.portable.model_env.tests.support.tree import release

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def spec(name: str, *packages: str, python: str = VERSION, **more: Any) -> Any:
    return make_spec(name=name, python=python, packages=packages, **more)


def plan(root: Path, *specs: Any, absent: tuple[str, ...] = (), minimum_free: int = 0) -> dict[str, Any]:
    wanted = {one.name: one for one in specs}
    return module.plan(CommandRunner(), str(root), wanted, list(absent), {}, minimum_free)


def work(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["name"], entry["action"]) for entry in found["work"]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    release(tmp_path / "root", spec("kept", "einops==0.8.0"), {"einops": "0.8.0"})
    return tmp_path / "root"


def test_what_matches_starts_no_process(root: Path, scripted_runner: Any) -> None:
    same = spec("kept", "einops==0.8.0")
    found = module.plan(scripted_runner, str(root), {"kept": same}, [], {}, 1 << 60)
    assert (found["work"], found["blocked"], found["wheels"], found["holder"]) == ([], [], [], None)
    assert found["kept"]["kept"]["trial"] is False
    assert found["kept"]["kept"]["release"] == ModelRoot(str(root)).active("kept")
    assert found["os_packages"] == {"family": "", "missing": [], "privileged": False}


def test_what_differs_is_built_in_order_with_its_reasons(root: Path) -> None:
    found = plan(root, spec("new"), spec("kept", "einops==0.8.1"))
    assert work(found) == [("kept", "build"), ("new", "build")]
    assert any("einops==0.8.1" in reason for reason in found["work"][0]["reasons"])
    assert found["work"][1]["reasons"] == ["there is none yet"]
    assert found["work"][1]["spec"] == spec("new").to_dict()
    assert found["kept"] == {}


def test_a_release_that_is_there_is_switched_to(root: Path) -> None:
    tree = ModelRoot(str(root))
    old = tree.active("kept")
    release(root, spec("kept", "einops==0.8.1"), {"einops": "0.8.1"})
    found = plan(root, spec("kept", "einops==0.8.0"), minimum_free=1 << 60)
    assert work(found) == [("kept", "activate")], "a switch needs no space"
    assert found["work"][0]["release"] == old
    assert found["os_packages"]["family"] == "", "nothing is asked without a build"


@pytest.mark.parametrize(
    ("changes", "minimum", "kind", "what"),
    [
        ({"python": "3.99"}, 0, "interpreter", "this node has no Python 3.99"),
        ({}, 1 << 60, "no_space", "free, fewer than the 1024 PiB asked for"),
    ],
)
def test_what_would_fail_for_certain_is_blocked_and_holds_up_nothing_else(
    root: Path, changes: dict[str, Any], minimum: int, kind: str, what: str
) -> None:
    found = plan(root, spec("kept", "einops==0.8.0"), spec("new", **changes), minimum_free=minimum)
    assert found["work"] == []
    assert list(found["kept"]) == ["kept"]
    (blocked,) = found["blocked"]
    assert (blocked["name"], blocked["error"]["kind"]) == ("new", kind)
    assert what in blocked["msg"]


def test_a_root_from_which_nothing_runs_is_said_before_anything_is_built(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "executable", lambda _path: False)
    found = plan(root, spec("new"))
    assert "noexec" in found["blocked"][0]["error"]["why"]
    assert found["work"] == []


def test_what_is_absent_is_removed_if_it_is_there(root: Path) -> None:
    assert work(plan(root, absent=("kept", "never-there"))) == [("kept", "remove")]


def test_litter_is_work_only_where_there_is_no_other_and_nobody_is_at_work(root: Path) -> None:
    (root / "tmp" / "run-1").mkdir()
    found = plan(root, spec("kept", "einops==0.8.0"))
    assert work(found) == [("", "clean")]
    assert found["work"][0]["reasons"] == [str(root / "tmp" / "run-1")]
    assert work(plan(root, absent=("kept",))) == [("kept", "remove")]
    with ModelRoot(str(root)).hold("building svd").acquire():
        found = plan(root, spec("kept", "einops==0.8.0"))
        assert (found["work"], found["holder"]["what"]) == ([], "building svd")
