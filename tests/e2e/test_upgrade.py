# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""upgrade.yml: programme, hooks, and what is counted. Hosts are roots of this machine.

Canaries and hosts that fail, and runs that are cut off, are in the story of molecule/upgrade, on real nodes.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold, peek_holder
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support.packages import wheel

from .conftest import CHECKOUT, Run, Site

pytestmark = pytest.mark.parametrize("site", ["uv"], indirect=True)

# Uses an environment ten times a second and counts the times that it did not work, until its standard input ends.
USER = """
import select, subprocess, sys
runs = failures = 0
while not select.select([sys.stdin], [], [], 0.1)[0] or runs == 0:
    done = subprocess.run([sys.argv[1], "-I", "-c", "import left_part; print(left_part.version)"], capture_output=True)
    runs += 1
    failures += done.returncode != 0
print(runs, failures)
"""


def hosts(number: int) -> tuple[str, ...]:
    return tuple(f"n{place}" for place in range(1, number + 1))


def version(site: Site, host: str) -> str:
    code = "import left_part; print(left_part.version)"
    done = subprocess.run([site.python("demo", host), "-I", "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def versions(site: Site) -> list[str]:
    return [version(site, host) for host in site.hosts]


def row(run: Run, host: str) -> list[str]:
    """The cells of the end table, which is the last one."""
    return [line.split() for line in run.output.splitlines() if line.split()[:1] == [host]][-2]


@contextlib.contextmanager
def used_throughout(site: Site, *names: str) -> Iterator[None]:
    """Have every host's environment used while the block runs; no use may fail."""
    users = [
        subprocess.Popen(
            ["python3", "-c", USER, site.python("demo", host)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for host in names
    ]  # fmt: skip
    try:
        yield
    finally:
        said = [user.communicate()[0].split() for user in users]
    for host, (runs, failures) in zip(names, said):
        assert int(runs) > 0
        assert failures == "0", f"{failures} of {runs} uses on {host} failed"


@pytest.fixture
def fleet(site: Site, request: pytest.FixtureRequest) -> Site:
    """Some hosts (the parameter) with left-part 1.0, and specs that ask for 1.1."""
    site.hosts = hosts(request.param)
    site.settings = {
        "upgrade_preflight": False,
        "upgrade_canaries": 1,
        "upgrade_batches": [1, 4],
        "upgrade_budget": 1,
        "upgrade_wait": 0,
        "model_env_gpu": "off",
    }
    site.specs = {"demo": site.spec("left-part==1.0", imports=["left_part"])}
    site.converged()
    site.playbook = "upgrade.yml"
    site.specs = {"demo": site.spec("left-part==1.1", imports=["left_part"])}
    return site


def of(number: int) -> pytest.MarkDecorator:
    """How many hosts the fleet of a test has."""
    return pytest.mark.parametrize("fleet", [number], indirect=True)


def failing_on(*names: str) -> list[str]:
    """A command of the operator's that fails on some hosts."""
    bad = "|".join(f"*/{name}/*" for name in names)
    return ["sh", "-c", f'case "$MODEL_ENV_ROOT/" in {bad}) echo no GPU memory >&2; exit 3;; esac']


@of(4)
def test_a_changed_pin_goes_through_the_fleet_while_it_is_used(fleet: Site) -> None:
    a_release_nobody_runs_gets_a_canary_of_its_own(fleet)
    check = fleet.converged("--check")
    assert "4 hosts: 0 with nothing to do, 4 to switch in batches of 1, 1, 2." in check.output
    assert row(check, "n1")[1] == "canary"
    assert "packages: left-part==1.0 -> left-part==1.1" in check.output
    assert versions(fleet) == ["1.0"] * 4
    with used_throughout(fleet, "n1", "n3"):
        old = subprocess.Popen(
            [fleet.python("demo", "n2"), "-u", "-c", "import sys, left_part; print(1); sys.stdin.read(); import this"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert old.stdout is not None
        old.stdout.readline()
        run = fleet.converged(model_env_keep=0)
    assert versions(fleet) == ["1.1"] * 4
    assert run.executions["n3"] == 3, "plan, build, switch"
    assert run.executions["n1"] == 4, "a canary is checked twice"
    assert len(os.listdir(fleet.root("n2") / "releases")) == 2, "the old release is still in use there"
    assert len(os.listdir(fleet.root("n4") / "releases")) == 1
    old.communicate()
    assert old.returncode == 0, "what was started from the old release goes on"
    again = fleet.converged()
    assert set(again.executions.values()) == {1}
    assert again.recap("n1")["changed"] == 0


def a_release_nobody_runs_gets_a_canary_of_its_own(fleet: Site) -> None:
    """Two kinds of hosts: each kind's release is tried on one of them."""
    wanted = fleet.specs["demo"]["packages"]
    wheel(fleet.index.folder / "wheels", "left-part", "1.2", body="version = '1.2'")
    fleet.specs["demo"]["packages"] = ["left-part=={{ '1.2' if inventory_hostname in ['n3', 'n4'] else '1.1' }}"]
    run = fleet.converged("--check")
    assert [row(run, host)[1] for host in ("n1", "n3")] == ["canary", "canary"]
    assert "in batches of 2, 1, 1." in run.output
    fleet.specs["demo"]["packages"] = wanted


@of(2)
def test_nothing_starts_when_the_budget_is_spent_by_hosts_that_do_not_answer(fleet: Site) -> None:
    fleet.lost = ("lost",)
    check = fleet.provision("--check")
    assert check.rc != 0
    assert "Nothing starts" in check.output
    run = fleet.provision()
    assert run.rc != 0
    assert "Nothing starts: the budget of 1 failed host is spent by lost." in run.output
    assert versions(fleet) == ["1.0"] * 2
    assert {host: len(os.listdir(fleet.root(host) / "releases")) for host in fleet.hosts} == dict.fromkeys(
        fleet.hosts, 1
    )
    run = fleet.provision(upgrade_budget=2)
    assert run.rc != 0
    assert versions(fleet) == ["1.1"] * 2
    assert row(run, "lost")[2] == "unreachable"


@of(5)
def test_each_host_fails_in_its_own_way_and_the_drain_is_undone_whatever_happens(fleet: Site, tmp_path: Path) -> None:
    """n2 by the operator's command, n3 by its drain, n4 by a drain that reaches nobody, n5 by a root that is held.

    The drain of n4 is that of the operator's page, with a command of this machine's, sent where nobody answers.
    """
    log = tmp_path / "hooks"
    page = (CHECKOUT / "docs" / "upgrades.md").read_text()
    drain, fail = yaml.safe_load(re.findall(r"```yaml\n# drain\.yml(.*?)```", page, re.S)[0].partition("\n")[2])
    connection = {
        "ansible_connection": "{{ 'ssh' if inventory_hostname == 'n4' else 'local' }}",
        "ansible_port": 1,
        "ansible_python_interpreter": sys.executable,
    }
    drain.update({"ansible.builtin.shell": "true", "delegate_to": "127.0.0.1", "vars": connection})
    busy = {"name": "Be busy", "ansible.builtin.fail": {"msg": "busy"}, "when": "inventory_hostname == 'n3'"}
    hooks = {}
    for when, tasks in (("before", [noting("drain", log), busy, drain, fail]), ("after", [noting("resume", log)])):
        path = tmp_path / f"{when}.yml"
        path.write_text(yaml.safe_dump(tasks))
        hooks[f"upgrade_{when}_tasks"] = str(path)
    with Hold(str(fleet.root("n5") / "lock"), "something else").acquire():
        run = fleet.provision(upgrade_smoke_command=failing_on("n2"), upgrade_budget=5, **hooks)
    assert run.rc != 0
    assert row(run, "n2")[4:6] == ["switched", "back"]
    assert row(run, "n3")[4:6] == row(run, "n4")[4:6] == ["not", "drained"]
    assert row(run, "n5")[4:6] == ["not", "built"]
    assert versions(fleet) == ["1.1", "1.0", "1.0", "1.0", "1.0"]
    seen = [entry.split() for entry in log.read_text().splitlines()]
    drained = [host for host, what, _active in seen if what == "drain"]
    assert sorted(drained) == sorted(host for host, what, _active in seen if what == "resume")
    assert sorted(drained) == ["n1", "n2", "n3", "n4"]
    releases = {(host, what): active for host, what, active in seen}
    assert releases["n1", "drain"] != releases["n1", "resume"]
    for host in ("n2", "n3", "n4"):
        assert releases[host, "drain"] == releases[host, "resume"]


def noting(what: str, log: Path) -> dict[str, object]:
    """A task that notes on the controller what happens to a host, and its release."""
    active = "{{ lookup('pipe', 'basename $(readlink ' ~ model_env_root ~ '/envs/demo)') }}"
    return {
        "name": "Note it",
        "ansible.builtin.shell": f'echo "{{{{ inventory_hostname }}}} {what} {active}" >>{log}',
        "delegate_to": "localhost",
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    }


@of(5)
def test_few_hosts_build_at_once(fleet: Site, tmp_path: Path) -> None:
    """Who builds waits for a second one, who switches for a third one, so that they meet on a machine of any speed."""
    meet = f"""
import os, pathlib, time
here = pathlib.Path({str(tmp_path)!r}, "builds")
here.mkdir(exist_ok=True)
(here / str(os.getpid())).touch()
while len(list(here.iterdir())) < 2: time.sleep(0.05)
"""
    wheel(fleet.index.folder / "wheels", "left-part", "1.2", body=meet)
    fleet.specs["demo"]["packages"] = ["left-part==1.2"]
    switches = tmp_path / "switches"
    switches.mkdir()
    meet = f"touch {switches}/$$; while test $(ls {switches} | wc -l) -lt 3; do sleep 0.1; done"
    smoke = f'case "$MODEL_ENV_ROOT" in */n1/*) ;; *) {meet};; esac'  # n1 is the canary
    process = fleet.start(upgrade_prefetch_at_once=2, upgrade_batches=[4], upgrade_smoke_command=["sh", "-c", smoke])
    seen: dict[str, int] = {}
    while process.poll() is None:
        holders = [peek_holder(str(fleet.root(host) / "lock")) for host in fleet.hosts]
        counted = Counter(holder.what for holder in holders if holder)
        seen = {what: max(seen.get(what, 0), counted[what]) for what in {*seen, *counted}}
        time.sleep(0.01)
    assert process.wait() == 0, process.communicate()[0]
    assert seen.pop("switching releases") > 2, "the switches of a batch are not held back"
    assert set(seen.values()) == {2}, seen


@of(2)
def test_missing_weights_are_in_the_programme_and_fetched(fleet: Site, tmp_path: Path) -> None:
    make_file(tmp_path / "hub" / "models" / "acme" / "model" / "v1" / "w.bin", 3 << 20, "weights")
    with HubServer(tmp_path / "hub") as hub:
        weights = {"repo_id": "acme/model", "revision": hub.commit("model", "acme/model")}
        fleet.specs = {"demo": fleet.spec("left-part==1.0", imports=["left_part"], weights=[weights])}
        fleet.settings.update(
            upgrade_preflight=True,
            hf_weights_endpoint=hub.url,
            hf_weights_tools_root=str(CHECKOUT / ".build" / "hub-tools"),  # as in test_weights.py
            hf_weights_free_space_margin="1M",
        )
        for arguments in (["--check"], []):
            run = fleet.converged(*arguments)
            assert re.search(r"^n2 +- +3\.0 MiB +weights are missing$", run.output, re.M), run.output
            assert "2 hosts: 0 with nothing to do, 0 to switch. To fetch: 6.0 MiB, on 10 hosts at once." in run.output
            fetched = [path.stat().st_size for host in fleet.hosts for path in fleet.root(host).rglob("w.bin")]
            assert fetched == ([] if arguments else [3 << 20] * 2)
        hub.reset()
        again = fleet.converged()
        assert set(again.executions.values()) == {2}, "the plan, and a look at the weights"
        assert "2 hosts: 2 with nothing to do" in again.output
        assert hub.stats()["sent_total"] == 0
