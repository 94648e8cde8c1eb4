# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers as nodes, for proofs that start more of them, or treat them worse, than a scenario would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT, PLAYBOOK

LABEL = "owner=portable-model-env-proof"
_LOOKS = 10


def docker(*arguments: str, check: bool = True) -> str:
    """Run a command of docker; its standard output."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextmanager
def inner_network(name: str) -> Iterator[str]:
    """A network without a way out of it; yields this machine's address in it."""
    docker("network", "rm", name, check=False)
    docker("network", "create", "--internal", name)
    try:
        yield docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", name).strip()
    finally:
        docker("network", "rm", name, check=False)


@dataclass(frozen=True)
class Node:
    """One container.

    :ivar name: of the container, and of the host in the inventory.
    :ivar user: whom Ansible connects as.
    :ivar root: the node's model_env_root.
    """

    name: str
    user: str = "root"
    root: str = "/opt/model_env"

    @contextmanager
    def running(self, image: str, arguments: Sequence[str]) -> Iterator[Node]:
        """Start it with these arguments of ``docker run``; it is removed at the end."""
        self.remove()
        start = ["run", "--detach", "--init", "--label", LABEL, "--name", self.name, "--hostname", self.name]
        docker(*start, *arguments, f"portable-model-env/{image}", "sleep", "infinity")
        try:
            yield self
        finally:
            self.remove()

    def remove(self) -> None:
        """Have no such container."""
        docker("rm", "--force", "--volumes", self.name, check=False)

    def shell(self, script: str, user: str = "") -> tuple[int, str]:
        """Run a script in it; exit status and what it printed."""
        argv = ["docker", "exec", "--user", user or self.user, self.name, "sh", "-c", script]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, errors="replace")
        return done.returncode, (done.stdout + done.stderr).strip()

    def must(self, script: str, user: str = "") -> str:
        """Like :meth:`shell`, but the script has to succeed."""
        status, output = self.shell(script, user)
        if status:
            raise RuntimeError(f"{self.name}: {script!r} ended with status {status}: {output[-2000:]}")
        return output

    def litter(self) -> list[str]:
        """What no run may leave: unfinished releases, temporary files, locks, processes.

        Not what Ansible unpacked in /tmp for a module that was killed: that is Ansible's, and stays.
        """
        script = (
            f'cd "{self.root}" || exit 0; for d in releases/*/; do '
            '[ ! -d "$d" ] || [ -e "$d/model_env-receipt.json" ] || echo "$d"; done; '
            "ls -d tmp/* lock* envs/.new-* state/.new-* 2>/dev/null; "
            "ls -Ad /tmp/* 2>/dev/null | grep -v '/ansible_.*_payload_'; "
            "ps -eo pid=,args= | grep -vE ' (sh -c|ps -eo|grep|/sbin/docker-init|sleep infinity)|<defunct>'; true"
        )
        # The wrapper that Ansible puts around a module in the background ends up to five seconds after the module.
        for _look in range(_LOOKS):
            found = self.must(script, "root").splitlines()
            if not found:
                break
            time.sleep(1)
        return found

    @property
    def variables(self) -> dict[str, Any]:
        """What an inventory says of it."""
        return {
            "ansible_connection": "community.docker.docker",
            "ansible_user": self.user,
            "ansible_python_interpreter": "/usr/bin/python3",
            "model_env_root": self.root,
        }


@dataclass
class FleetRun:
    """One run of provision.yml on containers.

    :ivar rc: exit status of ansible-playbook.
    :ivar output: what it printed, with every execution on a node.
    """

    rc: int
    output: str

    def count(self, host: str, key: str) -> int:
        """A number of the play recap; -1 if the run did not come that far."""
        found = re.search(rf"^{re.escape(host)} +:.*\b{key}=(\d+)", self.output, re.M)
        return int(found[1]) if found else -1

    def executions(self, host: str) -> int:
        """How many commands were run on a node."""
        return len(re.findall(rf"^<{re.escape(host)}> EXEC ", self.output, re.M))


@dataclass
class Fleet:
    """Containers with one inventory.

    :ivar folder: for the inventory and the logs.
    :ivar hosts: variables by host, over the node's own.
    """

    folder: Path
    nodes: Sequence[Node]
    variables: Mapping[str, Any] = field(default_factory=dict)
    hosts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def start(self, **settings: Any) -> subprocess.Popen[str]:
        """Start provision.yml in a process group of its own."""
        hosts = {node.name: {**node.variables, **self.hosts.get(node.name, {})} for node in self.nodes}
        variables = {**self.variables, **settings}
        inventory = self.folder / "inventory.json"
        inventory.parent.mkdir(parents=True, exist_ok=True)
        inventory.write_text(json.dumps({"all": {"children": {"gpu_nodes": {"hosts": hosts, "vars": variables}}}}))
        environment = {**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        return subprocess.Popen(
            [str(PLAYBOOK), "-i", str(inventory), "provision.yml", "-l", "gpu_nodes", "-vvv"],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def provision(self, log: str, **settings: Any) -> FleetRun:
        """Run provision.yml to its end; the output stays in ``<folder>/<log>.log``."""
        process = self.start(**settings)
        output, _none = process.communicate(timeout=900)
        (self.folder / f"{log}.log").write_text(output)
        return FleetRun(process.returncode, output)
