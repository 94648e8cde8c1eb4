# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several hosts with one root: what they agree on is built once, what they do not agree on is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Site

# Nothing here depends on the installer.
pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)


@pytest.fixture
def shared(site: Site) -> Site:
    """Three hosts, of which n1 and n2 have one root."""
    site.hosts = ("n1", "n2", "n3")
    site.of_host["n2"] = {"model_env_root": str(site.root("n1"))}
    return site


def of_versions(site: Site, **versions: str) -> None:
    """Give each host its own version of one environment."""
    for host, version in versions.items():
        own: dict[str, Any] = {"model_env_specs": {"b": site.spec(f"left-part=={version}")}}
        site.of_host[host] = {**site.of_host.get(host, {}), **own}


def test_hosts_that_want_different_specs_are_told_before_anything_is_changed(shared: Site) -> None:
    of_versions(shared, n1="1.0", n2="1.1", n3="2.0")
    run = shared.provision()
    assert run.rc != 0
    assert "two hosts want different specs of one name in one root: n1 and n2" in run.output
    assert "packages: left-part==1.0 -> left-part==1.1" in run.output
    built = [path.name for path in (shared.root() / "releases").iterdir()]
    assert (run.row("n1", "b")[2], run.row("n3", "b")[2], len(built)) == ("built", "built", 1)
    assert run.recap("n2")["changed"] == 0
    # The root keeps the environment of the one that goes on, however often they run, in either order of batches.
    again = shared.provision(ansible_forks=1)
    assert (again.row("n1", "b")[2], run.executions["n2"]) == ("kept", 1)
    assert [path.name for path in (shared.root() / "releases").iterdir()] == built
    # With one spec both have it.
    of_versions(shared, n2="1.0")
    whole = shared.converged()
    assert [whole.row(host, "b")[2] for host in shared.hosts] == ["kept", "kept", "kept"]


def test_an_upgrade_blocks_the_later_host(shared: Site) -> None:
    of_versions(shared, n1="1.0", n2="1.1", n3="2.0")
    shared.playbook = "upgrade.yml"
    run = shared.provision("--check", upgrade_preflight=False)
    assert "two hosts want different specs of one name in one root" in run.output
    assert [run.recap(host)["failed"] for host in shared.hosts] == [0, 1, 0]
