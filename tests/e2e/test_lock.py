# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""lock.yml and what is installed from locks: one resolution, the same everywhere and on every day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.packages import Repository, sdist, sources, wheel

from .conftest import Run, Site

# Each host has an installer of its own where both are compared.
BOTH = {"model_env_installer": "{{ {'n1': 'uv', 'n2': 'pip'}[inventory_hostname] }}"}


@pytest.fixture
def site(site: Site) -> Site:
    cache = site.folder / "cache"
    cache.mkdir()
    (cache / "tools").symlink_to(site.tools)
    site.settings["model_env_lock_cache"] = str(cache)
    return site


def lock(site: Site, *arguments: str, **settings: Any) -> Run:
    site.playbook = "lock.yml"
    run = site.provision(*arguments, **settings)
    site.playbook = "provision.yml"
    return run


def locked(site: Site, *arguments: str, **settings: Any) -> Run:
    run = lock(site, *arguments, **settings)
    assert run.rc == 0, run.output
    return run


def receipt(site: Site, host: str = "n1", name: str = "demo") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.root(host) / "envs" / name / "model_env-receipt.json").read_text())
    return found


def versions(site: Site, host: str = "n1") -> dict[str, str]:
    return {name: entry["version"] for name, entry in receipt(site, host)["distributions"].items()}


def path_of(site: Site, name: str = "demo") -> Path:
    return site.folder / "models" / name / "pylock.toml"


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_two_hosts_two_days_both_installers(site: Site) -> None:
    site.hosts = ("n1", "n2")
    site.specs = {"demo": site.spec("whole==1.0", imports=["whole"])}
    site.settings.update(BOTH)
    run = locked(site, "--diff")
    assert run.diff == {"+left-part 1.1", "+whole 1.0"}
    assert run.executions == {"n1": 0, "n2": 0}
    assert locked(site).recap("n1")["changed"] == 0
    site.converged("-l", "n1")
    wheel(site.index.folder / "wheels", "left-part", "1.2")
    assert locked(site).recap("n1")["changed"] == 0
    check = site.provision("-l", "n2", "--check", "--diff")
    assert check.diff == {"+left-part==1.1", "+whole==1.0"}
    site.converged()
    assert versions(site, "n1") == versions(site, "n2") == {"left-part": "1.1", "whole": "1.0"}
    assert receipt(site, "n1")["release"] == receipt(site, "n2")["release"]
    again = site.converged()
    assert (again.recap("n1")["changed"], again.recap("n2")["changed"]) == (0, 0)
    run = locked(site, "--check", "--diff", lock_upgrade="left-part")
    assert {"-left-part 1.1", "+left-part 1.2"} <= run.diff
    assert "1.2" not in path_of(site).read_text()
    locked(site, lock_upgrade=["left-part"])
    run = site.converged()
    assert "locked.contents.left-part: 1.1 -> 1.2" in run.output
    assert versions(site, "n1") == versions(site, "n2") == {"left-part": "1.2", "whole": "1.0"}


def test_a_file_that_was_replaced_under_its_name_is_refused(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0", imports=["single"])}
    locked(site)
    wheel(site.index.folder / "wheels", "single", "1.0", body="planted = True\n")
    run = site.provision()
    assert run.rc != 0
    assert "single" in run.output and "hash" in run.output.lower()
    assert not (site.root() / "envs" / "demo").exists()


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_a_lock_that_does_not_fit_is_refused_before_the_first_connection(site: Site) -> None:
    site.specs = {"demo": site.spec("left-part==1.0", imports=["left_part"])}
    frozen = site.provision(model_env_lock="frozen")
    assert frozen.rc != 0 and "demo has no lock" in frozen.output and frozen.executions["n1"] == 0
    locked(site)
    site.specs = {"demo": site.spec("left-part==2.0", imports=["left_part"])}
    run = site.provision()
    assert run.rc != 0 and run.executions["n1"] == 0
    assert "the spec asks for left-part==2.0, the lock has 1.0" in run.output
    assert "ansible-playbook lock.yml" in run.output
    path_of(site).write_text("lock-version = '1.0'\npackages = 7\n")
    run = site.provision()
    assert run.rc != 0 and run.executions["n1"] == 0 and "pylock.toml" in run.output
    site.converged(model_env_lock="off")
    assert versions(site) == {"left-part": "2.0"}


def test_sources_and_git_packages_know_of_each_other(site: Site) -> None:
    """An index package requires what only git has, and git's own wishes cannot break a pin."""
    wheels = site.index.folder / "wheels"
    wheel(wheels, "hb-tool", "1.0", requires=["hb-private>=0.3"])
    sdist(wheels, "hb-private", "9.9", prelude=f"open({str(site.folder / 'stranger')!r}, 'w')")
    sdist(wheels, "hb-source", "1.0")
    repository = Repository(site.index.folder, "hb-private")
    commit = repository.commit(sources("hb-private", "0.3", requires=["left-part>=1"]))
    package = {"name": "hb-private", "url": f"file://{repository.bare}", "commit": commit}
    spec = site.spec("hb-tool==1.0", "hb-source==1.0", "left-part==1.0", git_packages=[package])
    site.specs = {"demo": {**spec, "imports": ["hb_tool", "hb_private", "hb_source"]}}
    locked(site)
    check = site.provision("--check", "--diff")
    assert check.rc == 0, check.output
    run = site.converged("--diff")
    assert run.diff == check.diff
    assert versions(site) == {"hb-private": "0.3", "hb-source": "1.0", "hb-tool": "1.0", "left-part": "1.0"}
    assert not (site.folder / "stranger").exists()
    assert site.converged().recap("n1")["changed"] == 0
    commit = repository.commit(sources("hb-private", "0.4", requires=["left-part>=2"]))
    site.specs["demo"]["git_packages"] = [{**package, "commit": commit}]
    run = lock(site)
    assert run.rc != 0
    assert "left-part" in run.output and "hb-private" in run.output
