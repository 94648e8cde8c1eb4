# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades of a fleet of containers over ssh, while every node's environment is used: story.py INVENTORY.

Prints a table (host, before, after, why) for each chapter, and ends with status 1 at the first thing that is not as it
must be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT, PLAYBOOK, descendants, kill

# On each node: use the environment without a pause, and count.
USER = """
import os, subprocess
runs = failures = 0
while not os.path.exists("/root/enough"):
    done = subprocess.run(["/opt/model_env/envs/demo/bin/python", "-I", "-c", "import part; print(part.version)"],
                          capture_output=True, text=True)
    runs += 1
    if done.returncode:
        failures += 1
        open("/root/why", "a").write(done.stderr)
    open("/root/.uses", "w").write(f"{runs} {failures}")
    os.rename("/root/.uses", "/root/uses")
"""
# Runs from the first release, and reads from it once more at the end.
OLD = """
import importlib, os, time, part
while not os.path.exists("/root/enough"):
    time.sleep(0.1)
open("/root/old", "w").write(importlib.reload(part).version)
"""


def must(condition: bool, what: str, said: str = "") -> None:
    """End the story if something is not as it must be."""
    if not condition:
        sys.exit(f"NOT SO: {what}\n{said[-12000:]}")


class Fleet:
    """The nodes, by the engine for what the tests do to them, and by ssh for what the collection does."""

    def __init__(self, inventory: Path) -> None:
        self.inventory = inventory
        self.report = inventory.parent / "report.json"
        hosts = yaml.safe_load(inventory.read_text())["gpu_nodes"]["hosts"]
        self.containers = {name: variables["container"] for name, variables in hosts.items()}

    def __iter__(self) -> Any:
        return iter(self.containers)

    def on(self, host: str, *argv: str, detach: bool = False) -> str:
        """Run a command in a node's container."""
        command = ["docker", "exec", *(["--detach"] if detach else []), self.containers[host], *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        must(done.returncode == 0, f"{argv[0]} on {host}", done.stdout + done.stderr)
        return done.stdout.strip()

    def start(self, playbook: str, **settings: Any) -> subprocess.Popen[str]:
        """Start a playbook as an operator does."""
        self.report.unlink(missing_ok=True)
        settings = {"upgrade_json": str(self.report), "upgrade_wait": 0, **settings}
        argv = [str(PLAYBOOK), "-i", str(self.inventory), f"{playbook}.yml", "-l", "gpu_nodes"]
        argv += ["--check"] if settings.pop("check", False) else []
        return subprocess.Popen(
            [*argv, "-e", json.dumps(settings)],
            cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
        )  # fmt: skip

    def run(self, playbook: str, ok: bool = True, **settings: Any) -> str:
        """Run a playbook to its end, which must be a good one or a bad one."""
        process = self.start(playbook, **settings)
        said, _none = process.communicate()
        must((process.returncode == 0) == ok, f"{playbook} {settings} ended with {process.returncode}", said)
        return said

    def upgrade(self, pin: str, ok: bool = True, **settings: Any) -> tuple[dict[str, str], str]:
        """Run an upgrade; what became of each host, and what was printed."""
        said = self.run("upgrade", ok, pin=pin, **settings)
        rows = json.loads(self.report.read_text())["rows"]
        return {row["host"]: row["done"] for row in rows}, said

    def versions(self) -> dict[str, str]:
        """What each node's environment imports."""
        code = "import part; print(part.version)"
        return {host: self.on(host, "/opt/model_env/envs/demo/bin/python", "-I", "-c", code) for host in self}

    def count(self, version: str) -> int:
        """How many nodes run a version."""
        return list(self.versions().values()).count(version)


def chapter(title: str, said: str) -> None:
    """Print the last table of a run, without the bare lines of Ansible."""
    lines = said.splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("host ")]
    end = next((n for n in range(heads[-1], len(lines)) if lines[n].startswith(("TASK [", "PLAY "))), len(lines))
    table = "\n".join(lines[heads[-1] : end]).strip()
    print(f"\n## {title}\n\n{table}\n", flush=True)


def on_host(host: str, command: str) -> list[str]:
    """A command of the operator's that does something on one node only."""
    return ["sh", "-c", f'case "$(hostname)" in *-{host}) {command};; esac']


def local_task(name: str, command: str) -> dict[str, Any]:
    """A task that runs a command on the controller, once for each host."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return {"name": name, "ansible.builtin.shell": command, "delegate_to": "localhost", "vars": local}


def canary_that_fails(fleet: Fleet) -> None:
    """It is switched back, and nobody else is touched."""
    done, said = fleet.upgrade("1.1", False, upgrade_smoke_command=on_host("n01", "echo no memory >&2; exit 3"))
    chapter("A canary that fails", said)
    must(done["n01"] == "switched back" and fleet.count("1.0") == 12, "only the canary was tried, and went back", said)
    must("the release failed on 1 canary host: n01" in said, "it says why it stopped", said)


def fourth_host_fails(fleet: Fleet, pin: str, before: str, budget: int) -> None:
    """Batches are n02 to n06 and so on; when it is run again, n05, n07 to n10 and so on."""
    settings = {"upgrade_batches": [5], "upgrade_budget": budget}
    host = "n05" if budget == 1 else "n09"
    fails = on_host(host, "echo no memory >&2; exit 3")
    done, said = fleet.upgrade(pin, False, upgrade_smoke_command=fails, **settings)
    chapter(f"The fourth host of a batch fails, budget {budget}", said)
    versions = fleet.versions()
    must(done[host] == "switched back" and versions[host] == before, "the host went back", said)
    stopped = budget == 1
    must(("Stopped: the budget" in said) == stopped, "the budget stops the run, or does not", said)
    must(list(versions.values()).count(pin) == (5 if stopped else 11), "what was switched", said)


def host_that_dies(fleet: Fleet, pin: str) -> None:
    """Its container ends while the operator's command runs on it."""
    resumed = fleet.inventory.parent / "resumed"
    hook = fleet.inventory.parent / "resume.yml"
    hook.write_text(yaml.safe_dump([local_task("Resume", f"echo {{{{ inventory_hostname }}}} >>{resumed}")]))
    settings = {"upgrade_batches": [5], "upgrade_budget": 2, "upgrade_after_tasks": str(hook)}
    done, said = fleet.upgrade(pin, False, upgrade_smoke_command=on_host("n08", "kill 1; sleep 60"), **settings)
    chapter("A host that dies in the middle", said)
    must(done["n08"] == "lost", "the host that died is told from the others", said)
    must("n08" in resumed.read_text().split(), "its drain was undone", said)
    must(sum(state == "switched" for state in done.values()) == 11, "the others go on", said)
    subprocess.run(["docker", "start", fleet.containers["n08"]], check=True, capture_output=True)
    fleet.on("n08", "/usr/sbin/sshd")
    fleet.on("n08", "python3", "-c", USER, detach=True)
    done, said = fleet.upgrade(pin, **settings)
    chapter("The same command, after it was started again", said)
    must(done["n08"] == "switched" and fleet.count(pin) == 12, "it is confirmed", said)


def killed_controller(fleet: Fleet, pin: str) -> None:
    """Killed when the first batch is through and the second one is being drained."""
    hook = fleet.inventory.parent / "drain.yml"
    mark = fleet.inventory.parent / "draining"
    mark.unlink(missing_ok=True)
    task = local_task("Drain", f"touch {mark}; sleep 120")
    hook.write_text(yaml.safe_dump([{**task, "when": "inventory_hostname == 'n08'"}]))
    process = fleet.start("upgrade", pin=pin, upgrade_batches=[5], upgrade_before_tasks=str(hook))
    while not mark.exists():
        must(
            process.poll() is None,
            "the run gets to the second batch",
            process.communicate()[0] if process.poll() else "",
        )
        time.sleep(0.2)
    kill(descendants(process.pid))
    process.communicate()
    must(fleet.count(pin) == 6, "the canary and the first batch were switched")
    done, said = fleet.upgrade(pin, upgrade_batches=[5])
    chapter("The controller killed between batches: the same command", said)
    must(sum(state == "switched" for state in done.values()) == 6 and fleet.count(pin) == 12, "the rest follows", said)


def story(fleet: Fleet) -> None:
    """All chapters."""
    chapter("Audit before", fleet.run("audit"))
    for host in fleet:
        fleet.on(host, "python3", "-c", USER, detach=True)
    first = fleet.on("n03", "readlink", "-f", "/opt/model_env/envs/demo")
    fleet.on("n03", f"{first}/bin/python", "-c", OLD, detach=True)
    said = fleet.run("upgrade", pin="1.1", check=True, upgrade_batches=[5])
    chapter("The programme (--check)", said)
    must(fleet.count("1.0") == 12, "nothing is changed by it")
    canary_that_fails(fleet)
    done, said = fleet.upgrade("1.1", upgrade_batches=[5])
    chapter("An upgrade that changes one pin", said)
    must(set(done.values()) == {"switched"} and fleet.count("1.1") == 12, "all are upgraded", said)
    chapter("Rollback", fleet.run("rollback", rollback_names="demo"))
    must(fleet.count("1.0") == 12, "all are back")
    chapter("Audit after the rollback", fleet.run("audit", False, pin="1.1"))
    fourth_host_fails(fleet, "1.2", "1.0", budget=1)
    fourth_host_fails(fleet, "1.2", "1.0", budget=3)
    host_that_dies(fleet, "1.3")
    killed_controller(fleet, "1.1")
    chapter("Audit after", fleet.run("audit", pin="1.1"))
    uses = {}
    for host in fleet:
        fleet.on(host, "touch", "/root/enough")
        uses[host] = fleet.on(host, "cat", "/root/uses").split()
    total = sum(int(runs) for runs, _failures in uses.values())
    failed = {host: failures for host, (_runs, failures) in uses.items() if failures != "0"}
    must(not failed, f"no use of an environment failed: {failed}")
    time.sleep(2)
    old = fleet.on("n03", "cat", "/root/old")
    must(old == "1.0", f"the process of the first release lives through all of it: {old}")
    print(f"\n{total} uses of the environments by 12 nodes throughout, 0 failures.")
    print("A process of n03 ran from the first release to the end, and found its files there.")


if __name__ == "__main__":
    story(Fleet(Path(sys.argv[1])))
