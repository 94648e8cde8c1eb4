# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of containers for the story of upgrades: reached by ssh as real nodes are, and mistreated by the engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.portable.model_env.tests.support.nodes import docker
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT, PLAYBOOK

LINK = "/opt/model_env/envs/demo"
# Runs on each node: has the environment do something every four seconds (more would leave a dozen nodes on a
# machine no time for anything else), looks fifty times a second whether it is there, and counts.
USER = """
import os, subprocess, sys, time
python = sys.argv[1] + "/bin/python"
runs = looks = failures = 0
if os.path.exists("/root/uses"):  # it was restarted
    runs, looks, failures = map(int, open("/root/uses").read().split())
while not os.path.exists("/root/enough"):
    done = subprocess.run([python, "-I", "-c", "import part; print(part.version)"], capture_output=True, text=True)
    runs += 1
    if done.returncode:
        failures += 1
        open("/root/why", "a").write(done.stderr)
    for _look in range(200):
        looks += 1
        failures += not os.access(python, os.X_OK)
        time.sleep(0.02)
    open("/root/.uses", "w").write(f"{runs} {looks} {failures}")
    os.rename("/root/.uses", "/root/uses")
"""
# Runs from the first release to the end, and imports once more then.
OLD = """
import importlib, os, time, part
while not os.path.exists("/root/enough"):
    time.sleep(0.1)
open("/root/old", "w").write(importlib.reload(part).version)
"""


class NotSo(Exception):
    """Something is not as it must be."""


def must(condition: bool, what: str, said: str = "") -> None:
    """End the story if something is not as it must be.

    :param said: what was printed, of which the end is shown.
    :raises NotSo: always then.
    """
    if not condition:
        raise NotSo(f"NOT SO: {what}\n{said[-12000:]}")


def goes_on(process: subprocess.Popen[str], until: str) -> None:
    """End the story, with what the run printed, if it is over before something has happened.

    :raises NotSo: it is over.
    """
    if process.poll() is not None:
        must(False, f"the run goes on until {until}", process.communicate()[0])


class Fleet:
    """The nodes.

    :param inventory: that of the fleet; what is written goes beside it.
    """

    def __init__(self, inventory: Path) -> None:
        self.inventory = inventory
        self.folder = inventory.parent
        self._report = self.folder / "report.json"
        hosts = yaml.safe_load(inventory.read_text())["gpu_nodes"]["hosts"]
        self.containers: dict[str, str] = {name: variables["container"] for name, variables in hosts.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.containers)

    def on(self, host: str, *argv: str, detach: bool = False) -> str:
        """Run a command in a node's container."""
        return docker("exec", *(["--detach"] if detach else []), self.containers[host], *argv).strip()

    def start(self, playbook: str, environment: dict[str, str] | None = None, **settings: Any) -> subprocess.Popen[str]:
        """Start a playbook as an operator does."""
        self._report.unlink(missing_ok=True)
        settings = {"upgrade_json": str(self._report), "upgrade_wait": 0, **settings}
        argv = [str(PLAYBOOK), "-i", str(self.inventory), f"{playbook}.yml", "-l", "gpu_nodes"]
        argv += ["--check"] if settings.pop("check", False) else []
        own = {"ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        return subprocess.Popen(
            [*argv, "-e", json.dumps(settings)],
            cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, **own, **(environment or {})},
        )  # fmt: skip

    def run(self, playbook: str, ok: bool = True, **settings: Any) -> str:
        """Run a playbook to its end, which must be a good one or a bad one; what it printed."""
        process = self.start(playbook, **settings)
        said, _none = process.communicate()
        must((process.returncode == 0) == ok, f"{playbook} {settings} ended with {process.returncode}", said)
        return said

    def upgrade(self, pin: str, ok: bool = True, **settings: Any) -> tuple[dict[str, str], str]:
        """Run an upgrade; what became of each host, and what was printed."""
        said = self.run("upgrade", ok, pin=pin, **settings)
        return self.outcomes(), said

    def outcomes(self) -> dict[str, str]:
        """What became of each host, by the file that the last run wrote."""
        return {row["host"]: row["done"] for row in json.loads(self._report.read_text())["rows"]}

    def versions(self) -> dict[str, str]:
        """What each node's environment imports."""
        code = "import part; print(part.version)"
        return {host: self.on(host, f"{LINK}/bin/python", "-I", "-c", code) for host in self}

    def count(self, version: str) -> int:
        """How many nodes run a version."""
        return list(self.versions().values()).count(version)

    def releases(self, host: str) -> list[str]:
        """The folders of a node's releases."""
        return self.on(host, "ls", "/opt/model_env/releases").split()

    def use(self, host: str) -> None:
        """Have a node's environment used from now on."""
        self.on(host, "python3", "-c", USER, LINK, detach=True)

    def revive(self, host: str) -> None:
        """Start a node that died; the engine may have given its address to another container meanwhile."""
        docker("start", self.containers[host])
        self.on(host, "/usr/sbin/sshd")
        fleet = yaml.safe_load(self.inventory.read_text())
        fleet["gpu_nodes"]["hosts"][host]["ansible_host"] = self.on(host, "hostname", "-i")
        self.inventory.write_text(yaml.safe_dump(fleet))


class Hooks:
    """Files of tasks that note on the controller who was drained and who was resumed."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "hooks"
        self._log.unlink(missing_ok=True)
        self.settings = {}
        for when in ("before", "after"):
            command = f"echo {when} {{{{ inventory_hostname }}}} >>{self._log}"
            self.settings[f"upgrade_{when}_tasks"] = local_task(folder / f"{when}.yml", command)

    def must_be_undone(self, *hosts: str) -> None:
        """Each of these hosts was drained, and whoever was drained was resumed."""
        noted = [line.split() for line in self._log.read_text().splitlines()]
        drained, resumed = (sorted(host for what, host in noted if what == when) for when in ("before", "after"))
        must(drained == resumed and set(hosts) <= set(drained), f"drained: {drained}, resumed: {resumed}")


def local_task(path: Path, command: str, **more: Any) -> str:
    """Write a file of one task that runs a command on the controller, once for each host; its path."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    task = {"name": command, "ansible.builtin.shell": command, "delegate_to": "localhost", "vars": local, **more}
    path.write_text(yaml.safe_dump([task]))
    return str(path)


def on_host(**commands: str) -> list[str]:
    """A command of the operator's that does something on some nodes only."""
    cases = "".join(f"*-{host}) {command};; " for host, command in commands.items())
    return ["sh", "-c", f'case "$(hostname)" in {cases}esac']


def impatient(folder: Path) -> dict[str, str]:
    """The environment of a controller that gives up silent hosts in seconds, by the very options of ansible.cfg.

    Not so soon, and not while it connects, that it gives up hosts which are slow because the machine has much to do.

    :param folder: for its connections: those that an earlier run left open are more patient.
    """
    text = (CHECKOUT / "ansible.cfg").read_text()
    shipped = re.search(r"^ssh_args = (.*ServerAliveInterval=)\d+(.*)$", text, re.M)
    must(shipped is not None, "ansible.cfg gives up hosts that fall silent")
    assert shipped is not None
    return {
        "ANSIBLE_SSH_ARGS": f"{shipped[1]}2{shipped[2]}",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
    }
