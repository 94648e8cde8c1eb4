# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preflight.yml against nodes that are not ready, each for its own reason."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold
from ansible_collections.portable.model_env.tests.support.index import Fault

from .conftest import Site

pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)


@pytest.fixture(autouse=True)
def look(site: Site) -> None:
    site.playbook = "preflight.yml"
    site.index.sizes = True


def test_a_fresh_node_is_ready_after_one_execution_that_leaves_no_trace(site: Site) -> None:
    site.specs = {"demo": site.spec("whole==1.0", "single==1.0")}
    site._host("n1")
    before = sorted(str(path) for path in site.root().rglob("*"))
    run = site.converged()
    assert run.executions == {"n1": 1}
    assert "1 of 1 hosts are ready." in run.output
    assert sorted(str(path) for path in site.root().rglob("*")) == before
    assert "/simple/whole/" in site.index.requests


def test_an_index_that_answers_after_everything_else_is_waited_for(site: Site) -> None:
    site.specs = {"first": site.spec("whole==1.0"), "second": site.spec("single==1.0")}
    site.index.faults = [Fault("/simple/whole/", drip=0.3)]
    assert "1 of 1 hosts are ready." in site.converged().output
    assert "/simple/single/" in site.index.requests


def test_all_problems_of_all_hosts_come_at_once_each_with_its_cure(site: Site) -> None:
    site.hosts = ("n1", "n2")
    site.specs = {"demo": site.spec("single==1.0"), "old": {**site.spec("single==1.0"), "python": "3.99"}}
    site.index.faults = [Fault("/simple/", status=503)]
    git = f"{site.index.url}/git/absent.git"
    site.specs["demo"]["git_packages"] = [{"name": "absent", "url": git, "commit": "0" * 40}]
    weights = {"repo_id": "a/b", "revision": "0" * 40}
    site.specs["demo"]["weights"] = [weights]
    site._host("n2")
    with Hold(str(site.root("n2") / "lock"), "provisioning").acquire():
        run = site.provision(
            model_env_minimum_free=1 << 60, hf_weights_endpoint=site.index.url, model_env_gpu="required"
        )
    assert run.rc != 0
    assert run.executions == {"n1": 1, "n2": 1}
    assert "0 of 2 hosts are ready." in run.output, run.output
    for problem in (
        "python:3.99: this node has no Python 3.99",
        f"index:{site.index.simple}: the server is broken (HTTP 503)",
        f"git:{git}: git cannot read",
        "weights:a/b: the Hub has no such repository or revision",
        "lock: another run is at work: provisioning by",
        "(the minimum) are needed",
    ):
        assert problem in run.output, run.output
    assert "FAIL  n1, n2" in run.output and "FAIL  n2" in run.output
    assert "What to do: install Python 3.99" in run.output


def test_a_converged_node_does_not_depend_on_servers(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0")}
    site.playbook = "provision.yml"
    site.converged()
    site.playbook = "preflight.yml"
    site.index.faults = [Fault("/simple/", status=503)]
    run = site.converged()
    assert "warn  n1" in run.output and "the server is broken" in run.output


def test_a_bad_spec_and_a_lost_host_are_no_go(site: Site) -> None:
    site.specs = {"demo": site.spec("single")}
    refused = site.provision()
    assert refused.rc != 0 and refused.executions == {"n1": 0}
    site.specs = {"demo": site.spec("single==1.0")}
    site.lost = ("lost",)
    run = site.provision()
    assert run.rc != 0
    assert "1 of 2 hosts are ready." in run.output


def test_a_token_is_not_shown(site: Site) -> None:
    site.specs = {"demo": {**site.spec("single==1.0"), "weights": [{"repo_id": "a/b", "revision": "0" * 40}]}}
    run = site.provision("-vvv", hf_weights_token="hf_not_to_be_shown", hf_weights_endpoint=site.index.url)
    assert "hf_not_to_be_shown" not in run.output
