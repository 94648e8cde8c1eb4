# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site: a controller, nodes that are folders of this machine, and a package index.

Real ansible-playbook, real pip and uv, real virtual environments; only the packages are small, made for the tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.installers.toolbox import Toolbox
from ansible_collections.portable.model_env.tests.support.index import Index

CHECKOUT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def descendants(pid: int) -> list[int]:
    """All processes that a process started, itself last; workers and installers have sessions of their own."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [p for child in found.stdout.split() for p in descendants(int(child))] + [pid]


def kill(pids: Iterable[int]) -> None:
    """SIGKILL; some may have ended already."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@dataclass
class Run:
    """What one run of provision.yml did.

    :ivar rc: exit status of ansible-playbook.
    :ivar output: what it printed.
    :ivar executions: how many modules were started on each node.
    """

    rc: int
    output: str
    executions: dict[str, int]

    def recap(self, host: str) -> dict[str, int]:
        """The numbers of the play recap for one host."""
        line = next(line for line in self.output.splitlines() if re.match(rf"{host}\s+:", line))
        return {key: int(number) for key, number in re.findall(r"(\w+)=(\d+)", line)}

    @property
    def diff(self) -> set[str]:
        """The lines that --diff marked with + or -."""
        return {line for line in self.output.splitlines() if re.match(r"[+-][a-z]", line)}

    def row(self, host: str, environment: str) -> list[str]:
        """The cells of one row of the end table."""
        lines = [line.split() for line in self.output.splitlines()]
        return next(line for line in lines if line[:2] == [host, environment])


@dataclass
class Site:
    """Nodes, their inventory, and the index they install from."""

    folder: Path
    index: Index
    tools: Path
    installer: str = "uv"
    playbook: str = "provision.yml"
    lost: tuple[str, ...] = ()  # hosts that nothing answers for
    hosts: tuple[str, ...] = ("n1",)
    patience: float = 1500.0  # seconds until a run that does not end fails the test, however slow the machine is
    volume: Path | None = None  # where the roots lie instead of in `folder`
    specs: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    of_host: dict[str, dict[str, Any]] = field(default_factory=dict)  # variables of single hosts

    def root(self, host: str = "n1") -> Path:
        """The node's model_env_root."""
        return (self.volume or self.folder) / host / "root"

    def python(self, name: str, host: str = "n1") -> str:
        """What users run."""
        return str(self.root(host) / "envs" / name / "bin" / "python")

    def spec(self, *packages: str, **fields: Any) -> dict[str, Any]:
        """A spec that installs from the site's index."""
        return {"python": PYTHON, "index_url": self.index.simple, "packages": list(packages), **fields}

    def start(self, *arguments: str, **settings: Any) -> subprocess.Popen[str]:
        """Start provision.yml in a process group of its own."""
        inventory = str(self._inventory(settings))
        argv = [str(PLAYBOOK), "-i", inventory, self.playbook, "-l", "gpu_nodes", *arguments]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        return subprocess.Popen(
            argv,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def provision(self, *arguments: str, **settings: Any) -> Run:
        """Run provision.yml to its end."""
        for host in self.hosts:
            (self.folder / host / "count").unlink(missing_ok=True)
        process = self.start(*arguments, **settings)
        output, _none = process.communicate(timeout=self.patience)
        counts = {host: self._count(host) for host in self.hosts}
        return Run(process.returncode, output, counts)

    def converged(self, *arguments: str, **settings: Any) -> Run:
        """Like :meth:`provision`, but the run must succeed."""
        run = self.provision(*arguments, **settings)
        assert run.rc == 0, run.output
        return run

    def builder(self, host: str = "n1") -> int:
        """Process of the module that works on the root: it runs in the background, and does not end with its play."""
        return int(json.loads((self.root(host) / "lock").read_text())["pid"])

    def litter(self, host: str = "n1") -> list[str]:
        """What a run must not leave: temporary files, unfinished releases, locks."""
        root = self.root(host)
        unfinished = [p for p in root.glob("releases/*") if not (p / "model_env-receipt.json").exists()]
        return sorted(
            str(p) for p in [*unfinished, *root.glob("tmp/*"), *root.glob("lock*"), *root.glob("envs/.new-*")]
        )

    def _count(self, host: str) -> int:
        path = self.folder / host / "count"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def _inventory(self, settings: Mapping[str, Any]) -> Path:
        hosts: dict[str, Any] = {host: {**self._host(host), **self.of_host.get(host, {})} for host in self.hosts}
        for host in self.lost:
            hosts[host] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        variables = {
            "ansible_connection": "local",
            "model_env_specs": self.specs,
            "model_env_installer": self.installer,
            "model_env_seeds": [],
            "model_env_minimum_free": 0,
            "model_env_retries": 0,
            "model_env_lock_wait": 0,
            "model_env_progress_interval": 0,  # showing it costs executions of its own, and seconds
            **self.settings,
            **settings,
        }
        path = self.folder / "inventory.json"
        path.write_text(json.dumps({"all": {"children": {"gpu_nodes": {"hosts": hosts, "vars": variables}}}}))
        return path

    def _host(self, host: str) -> dict[str, str]:
        """A node counts the modules that are started on it: its Python is a script that writes a line first.

        It starts a module as Python would, but keeps what was compiled for it.
        """
        folder = self.folder / host
        python = folder / "python"
        if not python.exists():
            folder.mkdir(exist_ok=True)
            self.root(host).mkdir(parents=True)
            (self.root(host) / "tools").symlink_to(self.tools)
            compiled = self.tools.with_name("compiled")  # of all sites with these tools
            compiled.mkdir(exist_ok=True)
            stdin = f"{Path(__file__).with_name('module_from_stdin.py')} {compiled}"
            lines = [f"echo x >>{folder}/count", f"[ $# -gt 0 ] || set -- {stdin}", f'exec {sys.executable} "$@"']
            python.write_text("\n".join(["#!/bin/sh", *lines, ""]))
            python.chmod(0o755)
        return {"ansible_python_interpreter": str(python), "model_env_root": str(self.root(host))}


def make_tools(folder: Path, scratch: Path) -> Path:
    """Make the tools in ``folder``, for sites to share."""
    lock = (CHECKOUT / "roles" / "model_env" / "files" / "tools-requirements.txt").read_text().rstrip("\n")
    runner = CommandRunner()
    Toolbox(runner, str(folder), lock, Interpreters(runner), os.environ).ensure(str(scratch))
    return folder
