# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run on a fleet costs the controller, and how that grows from 10 hosts to 100.

Simulated hosts are folders of this machine with a root of their own (connection local), copies of one that was
provisioned for real; both releases of an upgrade are built in them, so that what is measured is the controller and the
switches, not the installer. With --inventory, a real fleet over ssh is measured, builds included; the specs of that
inventory must take the version of their package from the variable `pin`.

The controller's time is that of the processor, which other work on the machine does not change much: what
ansible-playbook and all that it starts used, less the modules of simulated hosts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT, PLAYBOOK, Site, make_tools

OLD, NEW = "1.0", "1.1"
COUNTING = "/root/counting-python"
_BUILT = "upgrade, with preflight and build"


@dataclass
class Measured:
    """Rounds of one kind of run.

    :ivar wall: seconds from the start of ansible-playbook to its end.
    :ivar controller: seconds of the processor that it and its children used, without the nodes' modules.
    :ivar executions: remote executions of the host that had most.
    """

    wall: list[float] = field(default_factory=list)
    controller: list[float] = field(default_factory=list)
    executions: list[int] = field(default_factory=list)

    def add(self, run: Callable[[], tuple[int, float]]) -> None:
        """Measure one run, which returns its executions and the seconds that modules used on this machine."""
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        executions, modules = run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall.append(time.monotonic() - started)
        self.controller.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - modules)
        self.executions.append(executions)
        print(
            f"{self.wall[-1]:.1f} s, {self.controller[-1]:.1f} s of the controller's CPU", file=sys.stderr, flush=True
        )


class Simulated:
    """Hosts of this machine, with ``OLD`` active and ``NEW`` built."""

    def __init__(self, folder: Path, index: Index, tools: Path, number: int) -> None:
        self.hosts = [f"n{place}" for place in range(1, number + 1)]
        self.site = Site(folder / str(number), index, tools, patience=3600)
        self.site.folder.mkdir()
        self.site.settings = {
            "model_env_gpu": "off",
            "model_env_keep": 2,
            "upgrade_preflight": False,
            "upgrade_wait": 0,
            "audit_fail_on": "drifted",
        }
        for pin in (NEW, OLD):
            self._want(pin)
            self.site.converged()
        node = self.site.folder / "n1" / "python"
        # The node's Python counts how often it is started; here it also notes the time of the processor that it used.
        exact = node.read_text().replace("exec ", "") + f"status=$?\ntimes >>{node.with_name('times')}\nexit $status\n"
        node.write_text(exact)
        first = self.site.root("n1")
        for host in self.hosts[1:]:
            self.site.root(host).parent.mkdir()
            # With the times of the files, from which drift is read.
            subprocess.run(["cp", "-a", str(first), str(self.site.root(host))], check=True)
            copy = self.site.folder / host / "python"
            copy.write_text(exact.replace("/n1/", f"/{host}/"))
            copy.chmod(0o755)
        self.site.hosts = tuple(self.hosts)

    def _want(self, pin: str) -> None:
        self.site.specs = {"demo": self.site.spec(f"part=={pin}", imports=["part"])}

    def run(self, playbook: str, pin: str) -> tuple[int, float]:
        """Run a playbook; the executions of the host that had most, and the seconds that all modules used."""
        self._want(pin)
        self.site.playbook = f"{playbook}.yml"
        files = [self.site.folder / host / "times" for host in self.hosts]
        for file in files:
            file.unlink(missing_ok=True)
        executions = self.site.converged().executions
        spent = sum(seconds(file.read_text()) for file in files if file.exists())
        return max(executions.values()), spent

    def back(self) -> None:
        """As before the upgrade."""
        for host in self.hosts:
            root = self.site.root(host)
            old = next(p.name for p in (root / "releases").iterdir() if list(p.glob("lib/*/site-packages/part-1.0*")))
            (root / "envs" / "demo").unlink()
            (root / "envs" / "demo").symlink_to(f"../releases/{old}")
            (root / "state" / "demo.json").unlink()


class Real:
    """A fleet over ssh, by an inventory that has the group gpu_nodes."""

    def __init__(self, inventory: Path) -> None:
        self.inventory = inventory
        body = f'#!/bin/sh\necho x >>{COUNTING}.count\nexec /usr/bin/python3 "$@"\n'
        self._ansible("copy", f"dest={COUNTING} mode=0755 content={json.dumps(body)}")
        self.number = self._ansible("ping", "").stdout.count("SUCCESS")
        self.run("provision", OLD)

    def _ansible(self, module: str, arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [str(PLAYBOOK.with_name("ansible")), "-i", str(self.inventory), "gpu_nodes", "-m", module]
        return subprocess.run(
            [*argv, "-a", arguments], env=environment(), cwd=CHECKOUT, check=True, capture_output=True, text=True
        )

    def run(self, playbook: str, pin: str) -> tuple[int, float]:
        """Run a playbook; what it executes is asked for afterwards, and nothing of it is this machine's."""
        settings = {
            "pin": pin,
            "ansible_python_interpreter": COUNTING,
            "upgrade_wait": 0,
            "audit_fail_on": "drifted",
            "model_env_keep": 0,  # so that each upgrade builds
            "model_env_progress_interval": 0,
        }
        argv = [str(PLAYBOOK), "-i", str(self.inventory), f"{playbook}.yml", "-l", "gpu_nodes"]
        done = subprocess.run(
            [*argv, "-e", json.dumps(settings)],
            env=environment(),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(done.stdout[-3000:])
        return 0, 0.0

    def count(self) -> int:
        """Executions since the last call, of the host that had most."""
        said = self._ansible("shell", f"touch {COUNTING}.count; wc -l <{COUNTING}.count; rm {COUNTING}.count").stdout
        return max(int(line) for line in said.splitlines() if line.strip().isdigit())


def seconds(said: str) -> float:
    """The sum of what the shell's ``times`` printed (``0m1.25s``: user and system, of itself and of its children)."""
    return sum(int(minutes) * 60 + float(rest) for minutes, rest in re.findall(r"(\d+)m([\d.]+)s", said))


def environment() -> dict[str, str]:
    """That of an operator in the checkout."""
    return {**os.environ, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}


def simulated(number: int, rounds: int, folder: Path, index: Index, tools: Path) -> dict[str, Measured]:
    """Measure a simulated fleet."""
    fleet = Simulated(folder, index, tools, number)
    found = {"nothing to do": Measured(), "upgrade (built before)": Measured(), "audit": Measured()}
    for _round in range(rounds):
        found["nothing to do"].add(lambda: fleet.run("upgrade", OLD))
        found["audit"].add(lambda: fleet.run("audit", OLD))
        found["upgrade (built before)"].add(lambda: fleet.run("upgrade", NEW))
        fleet.back()
    return found


def real(rounds: int, fleet: Real) -> dict[str, Measured]:
    """Measure a fleet over ssh."""
    found = {"nothing to do": Measured(), _BUILT: Measured(), "audit": Measured()}
    for _round in range(rounds):
        for kind, playbook, pin in (
            ("nothing to do", "upgrade", OLD),
            ("audit", "audit", OLD),
            (_BUILT, "upgrade", NEW),
        ):
            fleet.count()
            found[kind].add(lambda playbook=playbook, pin=pin: fleet.run(playbook, pin))  # type: ignore[misc]
            found[kind].executions[-1] = fleet.count()
        fleet.run("provision", OLD)
    return found


def rows(hosts: str, number: int, found: dict[str, Measured]) -> list[str]:
    """Rows of the table."""
    lines = []
    for kind, measured in found.items():
        wall, processor = statistics.median(measured.wall), statistics.median(measured.controller)
        cells = [hosts, kind, f"{wall:.1f}", f"{1000 * wall / number:.0f}", f"{processor:.1f}"]
        cells.append(f"{1000 * processor / number:.0f}")
        lines.append(f"| {' | '.join(cells)} | {max(measured.executions)} |")
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hosts", type=int, nargs="*", default=[10, 100], help="sizes of the simulated fleets")
    parser.add_argument("--inventory", type=Path, help="a real fleet to measure as well")
    given = parser.parse_args()
    lines = [
        "| hosts | run | s | ms a host | controller's CPU, s | ms a host | executions a host |",
        "|---|---|---|---|---|---|---|",
    ]
    costs: dict[str, list[tuple[float, float]]] = {}
    load = os.getloadavg()[0]
    if given.inventory:
        fleet = Real(given.inventory)
        lines += rows(f"{fleet.number} real, over ssh", fleet.number, real(given.rounds, fleet))
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as scratch:
        folder = Path(scratch)
        for version in (OLD, NEW):
            wheel(folder / "index" / "wheels", "part", version, body=f"version = '{version}'")
        (folder / "tmp").mkdir()
        (folder / "tools").mkdir()
        tools = make_tools(folder / "tools", folder / "tmp")
        with Index(folder / "index").running() as index:
            for number in given.hosts:
                found = simulated(number, given.rounds, folder, index, tools)
                lines += rows(f"{number} simulated", number, found)
                for kind, measured in found.items():
                    medians = (statistics.median(measured.wall), statistics.median(measured.controller))
                    costs.setdefault(kind, []).append((medians[0] / number, medians[1] / number))
                shutil.rmtree(folder / str(number))
    print(f"\nmedians of {given.rounds} rounds, {os.cpu_count()} cores, load before {load:.1f}\n")
    print("\n".join(lines))
    if len(given.hosts) > 1:
        print(f"\n| run | a host among {given.hosts[-1]} costs, of one among {given.hosts[0]} | controller's CPU |")
        print("|---|---|---|")
        for kind, values in costs.items():
            print(f"| {kind} | {values[-1][0] / values[0][0]:.2f} | {values[-1][1] / values[0][1]:.2f} |")


if __name__ == "__main__":
    main()
