# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of this machine: its own interpreters and filesystems, a local index and local repositories."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.preflight.preflight import Preflight, Wanted
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.packages import Repository, wheel
from ansible_collections.portable.model_env.tests.support.specs import make_spec
from ansible_collections.portable.model_env.tests.support.tree import release

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "server" / "wheels").mkdir(parents=True)
    wheel(tmp_path / "server" / "wheels", "einops", "0.8.0")
    with Index(tmp_path / "server").running() as running:
        running.sizes = True
        yield running


def look(folder: Path, *specs: Any, environ: dict[str, str] | None = None, **wanted: Any) -> dict[str, dict[str, Any]]:
    """Verdicts by check. The node has no pip configuration, no proxy and no GPU."""
    node = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "PIP_CONFIG_FILE": os.devnull, **(environ or {})}
    given = Wanted(
        root=str(folder / "root"),
        specs={one.name: one for one in specs},
        **{"gpu": "off", "timeout": 20.0, "index_url": NOBODY, **wanted},
    )
    return {one["check"]: dict(one) for one in Preflight(CommandRunner(), given, node).run()}


def spec(*packages: str, **more: Any) -> Any:
    return make_spec(**{"python": VERSION, "packages": packages, **more})


def test_a_node_that_is_ready(tmp_path: Path, server: Index) -> None:
    found = look(tmp_path, spec("einops==0.8.0"), index_url=server.simple)
    index = found[f"index:{server.simple}"]
    assert index["verdict"] == "pass"
    assert found[f"python:{VERSION}"]["verdict"] == "pass"
    (space,) = (one for check, one in found.items() if check.startswith("space:"))
    assert space["value"]["needed"] > 0, "the index says how large the wheel is"
    assert space["value"]["unknown"] == []
    assert found["filesystem:root"]["verdict"] == "pass"
    assert not (tmp_path / "root").exists(), "looking leaves nothing behind"


def test_an_index_that_does_not_answer_fails_what_is_to_be_built_and_warns_of_the_rest(tmp_path: Path) -> None:
    wanted = spec("einops==0.8.0")
    assert look(tmp_path, wanted)[f"index:{NOBODY}"]["verdict"] == "fail"
    release(tmp_path / "root", wanted, {"einops": "0.8.0"})
    found = look(tmp_path, wanted, minimum_free=1 << 60)
    assert found[f"index:{NOBODY}"]["verdict"] == "warn"
    (space,) = (one for check, one in found.items() if check.startswith("space:"))
    assert (space["verdict"], space["value"]["minimum"]) == ("pass", 0), "where nothing is built nothing must be free"


def test_the_minimum_of_free_space_counts_where_something_is_built(tmp_path: Path) -> None:
    found = look(tmp_path, spec("einops==0.8.0"), minimum_free=1 << 60)
    (space,) = (one for check, one in found.items() if check.startswith("space:"))
    assert space["verdict"] == "fail"
    assert "(the minimum)" in space["reason"]


def test_an_interpreter_that_is_missing_names_who_needs_it(tmp_path: Path) -> None:
    found = look(tmp_path, spec(name="a", python="3.99"), spec(name="b", python="3.99"))["python:3.99"]
    assert found["verdict"] == "fail"
    assert "which a, b needs" in found["reason"]
    assert "the option `interpreters`" in found["cure"]


def test_repositories_are_asked_over_git(tmp_path: Path) -> None:
    there = f"file://{Repository(tmp_path, 'clip').bare}"
    gone = f"file://{tmp_path}/git/gone.git"
    checkouts = [{"path": "a", "url": there, "tag": "v1"}, {"path": "b", "url": gone, "tag": "v1"}]
    found = look(tmp_path, spec(checkouts=checkouts))
    assert [found[f"git:{url}"]["verdict"] for url in (there, gone)] == ["pass", "fail"]


def test_a_held_root_is_said(tmp_path: Path) -> None:
    tree = ModelRoot(str(tmp_path / "root"))
    tree.prepare()
    free = look(tmp_path)["lock"]
    with tree.hold("building svd").acquire():
        held = look(tmp_path)["lock"]
    assert (free["verdict"], "building svd" in held["reason"]) == ("pass", True)


def test_a_node_without_indexes_is_asked_for_none(tmp_path: Path) -> None:
    found = look(tmp_path, spec("einops==0.8.0"), environ={"PIP_NO_INDEX": "1"})
    assert not [check for check in found if check.startswith("index")]


def test_compilers_and_the_hub_are_asked_only_where_something_needs_them(tmp_path: Path) -> None:
    found = look(tmp_path)
    assert not [check for check in found if check.startswith(("hub", "git", "python"))]
    version = found["os_packages"]["value"]["compilers"].get("gcc", "")
    assert bool(version) == bool(shutil.which("gcc"))
    weights = [{"repo_id": "org/a", "repo_type": "model", "revision": "main", "local_dir": str(tmp_path / "w")}]
    found = look(tmp_path, weights=weights, endpoint=f"{NOBODY}/", token="")
    assert found[f"hub:{NOBODY}"]["verdict"] == "fail"
    assert found["weights:org/a"]["verdict"] != "pass"
