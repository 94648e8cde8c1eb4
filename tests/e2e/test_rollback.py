# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rollback.yml and audit.yml: back in one execution without an index, and what a fleet runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import Site

pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)


def version(site: Site, host: str = "n1") -> str:
    code = "import left_part; print(left_part.version)"
    done = subprocess.run([site.python("demo", host), "-I", "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def active(site: Site, host: str = "n1") -> str:
    return os.path.basename(os.readlink(site.root(host) / "envs" / "demo"))


def provision(site: Site, pin: str, **fields: Any) -> None:
    site.playbook = "provision.yml"
    site.specs = {"demo": site.spec(f"left-part=={pin}", imports=["left_part"], **fields)}
    site.converged(model_env_keep=2)


def test_back_twice_forward_by_name_and_refused_at_the_end(site: Site) -> None:
    provision(site, "1.0")
    oldest = active(site)
    provision(site, "1.1")
    provision(site, "2.0")
    newest = active(site)
    site.playbook = "rollback.yml"
    site.index.requests.clear()
    check = site.converged("--check", rollback_names="demo")
    assert check.row("n1", "demo")[4:7] == ["would", "be", "switched"]
    assert version(site) == "2.0"
    run = site.converged(rollback_names="demo")
    assert run.executions["n1"] == 1
    assert "left-part 2.0 -> 1.1" in run.output
    assert version(site) == "1.1"
    site.converged(rollback_names=["demo"])
    assert version(site) == "1.0"
    run = site.provision(rollback_names=["demo"])
    assert run.rc != 0
    assert "no earlier release to go back to" in run.output
    assert version(site) == "1.0"
    assert site.converged(rollback_names=["demo"], rollback_release=newest).row("n1", "demo")[2:4] == [oldest, newest]
    assert version(site) == "2.0"
    assert site.index.requests == []
    assert site.litter() == []


def test_refused_when_it_is_gone_or_fails_its_own_checks(site: Site) -> None:
    site.hosts = ("n1", "n2")
    provision(site, "1.0")
    old = active(site)
    provision(site, "1.1")
    next((site.root("n1") / "releases" / old).glob("lib/*/site-packages/left_part.py")).write_text("raise OSError(7)")
    site.playbook = "rollback.yml"
    run = site.provision(rollback_names=["demo"])
    assert run.rc != 0
    assert "import:left_part" in run.output
    assert version(site, "n1") == "1.1"
    assert version(site, "n2") == "1.0", "the other host goes back"
    run = site.provision(rollback_names=["demo"], rollback_release="demo-gone")
    assert "it is not there, or was never finished" in run.output
    assert re.search(rf"name another release: .*\b{old}\b", run.output)
    missing = site.provision()
    assert missing.rc != 0
    assert "rollback_names" in missing.output


def test_the_audit_tells_current_drifted_behind_and_different(site: Site, tmp_path: Path) -> None:
    site.hosts = ("n1", "n2", "n3")
    provision(site, "1.0", pins="bounded", constraints=["single==1.0"])
    site.playbook = "audit.yml"
    run = site.converged()
    assert run.executions == {"n1": 1, "n2": 1, "n3": 1}
    assert run.row("n2", "1")[2] == "current"
    uv = next(site.tools.glob("*/bin/python"))
    command = [str(uv), "-I", "-m", "pip", "--python", site.python("demo", "n3"), "install", "--no-deps"]
    subprocess.run([*command, "--index-url", site.index.simple, "single==1.0"], check=True, capture_output=True)
    site.lost = ("lost",)
    file = tmp_path / "audit" / "fleet.json"
    run = site.provision(audit_json=str(file))
    assert run.rc != 0
    assert run.recap("n1")["failed"] == 0
    assert run.recap("n3")["failed"] == 1
    found = json.loads(file.read_text())
    assert found["summary"]["current"] == 2
    assert found["hosts"]["n3"]["environments"][0]["state"] == "drifted"
    assert found["differences"][0]["distributions"] == [{"name": "single", "here": "1.0", "elsewhere": "none"}]
    assert sorted(found["failing"]) == ["lost", "n3"]
    assert site.provision(audit_fail_on="behind").rc == 0
    site.specs["demo"] = site.spec("left-part==1.1")
    run = site.provision(audit_fail_on="behind")
    assert run.rc != 0
    assert run.row("n1", "1")[2] == "behind"
    assert "packages: left-part==1.0 -> left-part==1.1" in run.output
