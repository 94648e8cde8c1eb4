# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One build for all hosts that need a wheel, whatever their number, batches and runs: builds and downloads counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.tests.support import packages, stand_in

from .conftest import Site
from .test_provision import output_of
from .test_wheels import looks, receipt, want

BUILD_TOOLS = ["setuptools==80.9.0", "wheel==0.45.1"]
SOURCE = "fused_part-1.0.tar.gz"
BATCHES = """
- hosts: gpu_nodes
  gather_facts: false
  serial: 1
  roles: [portable.model_env.model_env]
"""


@pytest.fixture(scope="session")
def build_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build tools as wheels, fetched once."""
    folder = tmp_path_factory.mktemp("build-tools")
    argv = [sys.executable, "-m", "pip", "download", "-q", "--no-cache-dir", "--no-deps", "-d", str(folder)]
    subprocess.run([*argv, *BUILD_TOOLS], check=True)
    return folder


@pytest.fixture
def fleet(site: Site, build_tools: Path, tmp_path: Path) -> Site:
    """Three nodes that want the extension, of which there is only the source."""
    folder = site.index.folder / "wheels"
    stand_in.plant_torch(folder)
    stand_in.extension_sdist(folder)
    site.hosts = ("n1", "n2", "n3")
    site.settings.update(
        cuda_torch_index_url="default",
        flash_attn_cache=str(tmp_path / "cache"),
        model_env_build_tools=BUILD_TOOLS,
    )
    want(site, build="auto", released_url="none")
    site.specs["demo"]["find_links"] = [str(build_tools)]
    return site


def builds(site: Site) -> list[str]:
    """The hosts on which something was built, once for each build."""
    return [path.parts[-4] for host in site.hosts for path in site.root(host).glob("logs/wheel-*.log")]


def downloads(site: Site) -> int:
    """How often the source was fetched."""
    return sum(path.endswith(SOURCE) for path in site.index.requests)


def installed(site: Site, *hosts: str) -> list[str]:
    code = "import fused_part; print(fused_part.ORIGIN)"
    return [output_of(site.python("demo", host), code) for host in hosts]


pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)


def test_one_build_for_a_fleet_and_none_later(fleet: Site) -> None:
    check = fleet.converged("--check")
    assert looks(check)["build"] == "hit"
    assert (builds(fleet), downloads(fleet)) == ([], 0)

    fleet.converged()
    assert (builds(fleet), downloads(fleet)) == (["n1"], 1)
    assert installed(fleet, *fleet.hosts) == ["built"] * 3

    fleet.index.requests.clear()
    again = fleet.converged()
    assert again.executions == {"n1": 1, "n2": 1, "n3": 1}
    assert fleet.index.requests == []

    fleet.hosts = ("n1", "n2", "n3", "n4")
    later = fleet.converged("-l", "n4")
    assert looks(later)["controller's cache"] == "hit"
    assert (builds(fleet), downloads(fleet)) == (["n1"], 0)
    assert installed(fleet, "n4") == ["built"]


@pytest.mark.parametrize(("build_host", "shared"), [("", True), ("n3", False)])
def test_one_build_for_batches_and_for_single_hosts(fleet: Site, build_host: str, shared: bool) -> None:
    """The build host is in no batch of the first run, and a batch of its own in the second."""
    batches = fleet.folder / "batches.yml"
    batches.write_text(BATCHES)
    fleet.playbook = str(batches)
    house = fleet.folder / "shared" if shared else None
    fleet.settings.update(flash_attn_build_host=build_host, flash_attn_wheelhouse=str(house or ""))
    first = fleet.converged("-l", "n1,n2")
    assert (builds(fleet), downloads(fleet)) == ([build_host or "n1"], 1)
    assert installed(fleet, "n1", "n2") == ["built", "built"]
    assert not (fleet.root("n3") / "envs" / "demo").exists()
    # The second batch, which came last, found what the first had made.
    assert looks(first)["fleet wheelhouse" if shared else "controller's cache"] == "hit"
    assert (fleet.folder / "cache").exists() != shared, "a shared folder makes the way through the controller needless"

    run = fleet.converged()
    assert (builds(fleet), downloads(fleet)) == ([build_host or "n1"], 1)
    assert installed(fleet, "n3") == ["built"]
    assert (run.executions["n1"], run.executions["n2"]) == (1, 1)


def test_a_commit_is_built_from_its_repository(fleet: Site, tmp_path: Path) -> None:
    repository = packages.Repository(tmp_path, "fused-part")
    commit = repository.commit(stand_in.extension_source())
    repository.commit({"setup.py": "raise SystemExit('a later commit was taken')"})
    fleet.hosts = ("n1",)
    fleet.specs["demo"]["torch_extensions"][0].update(url=f"file://{repository.bare}", commit=commit)
    run = fleet.converged()
    assert f"(fused_part-1.0.g{commit[:12]}-" in run.output
    assert (builds(fleet), downloads(fleet)) == (["n1"], 0)
    assert receipt(fleet)["key"]["commit"] == commit
    assert installed(fleet, "n1") == ["built"]


def test_without_a_compiler_and_a_wheel_nothing_is_built(fleet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    fleet.hosts = ("n1",)
    fleet.specs["other"] = fleet.spec("single==1.0")
    run = fleet.provision()
    assert run.rc != 0
    assert "this node has no C++ compiler, and there is no wheel for it" in " ".join(run.output.split())
    assert "install g++" in run.output
    assert (run.row("n1", "demo")[2], run.row("n1", "other")[2]) == ("failed", "built")
    assert not (fleet.root() / "build").exists()
    assert not any("torch" in path for path in fleet.index.requests), "not even torch was fetched"
