# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at random moments of provisioning runs, one after another, and what is left after each."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.tests.prove.midrun_grounds import (
    ContainerGrounds,
    FolderGrounds,
    Grounds,
    until,
)
from ansible_collections.portable.model_env.tests.support.nodes import docker
from ansible_collections.portable.model_env.tests.support.sites import descendants, kill

# Which part of an undisturbed run's duration a victim lives for, roughly: kills come anywhere in it.
_SPANS = {"installer": 0.45, "module": 0.7, "ansible-playbook": 0.95, "all processes": 0.95, "container": 0.95}
VICTIMS = tuple(_SPANS)
_REBOOT = 3.0  # seconds that a killed node is away


@dataclass
class Tally:
    """What became of the kills of one kind.

    :ivar kills: victims that were alive when they were killed.
    :ivar worked: after how many of them the active environment worked, being the old or the new version.
    :ivar converged: after how many of them the next run brought what was asked for.
    :ivar litter: what lay about after that.
    :ivar notes: what went wrong.
    """

    kills: int = 0
    worked: int = 0
    converged: int = 0
    litter: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def good(self) -> bool:
        """Whether every one survived."""
        return self.kills == self.worked == self.converged and not self.litter and not self.notes


def campaign(place: Grounds, victim: str, wanted: int, seed: str, tally: Tally) -> Iterator[Tally]:
    """Kill until ``wanted`` victims were hit, each in a run that brings a new version.

    :param seed: with the number of the kill, says its moment.
    :param tally: what an earlier, shorter campaign found; this one goes on from there.
    :returns: the tally after every kill, and once more after a run that must change nothing.
    """
    misses = 0
    while tally.kills < wanted:
        chance = random.Random(f"{seed} {victim} {tally.kills} {misses}")
        before = place.number
        place.want(before + 1)
        place.calm()
        process = place.start()
        hit = _STRIKES[victim](place, process, chance.uniform(0.0, _SPANS[victim] * place.seconds))
        worked = place.works(before, before + 1)
        output = place.converges()
        left = place.leftovers()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=60)
        misses = 0 if hit else misses + 1
        tally.kills += hit
        tally.worked += hit and worked
        tally.converged += hit and not output
        tally.litter += left
        if output or left or not worked:
            tally.notes.append(f"kill {tally.kills}: worked: {worked}, left: {left} {output[-1500:]}")
        yield tally
    status, output = place.run()
    if status or " changed=0 " not in output:
        tally.notes.append(f"one more run changed something: {output[-1500:]}")
    yield tally


def _after(moment: float, find: Callable[[], list[int]], process: subprocess.Popen[str], one: bool = False) -> bool:
    """Wait for a victim to appear, then ``moment`` seconds, and kill it; whether it still was there."""
    until(lambda: find() or process.poll() is not None)
    time.sleep(moment)
    pids = find()
    if not pids:
        return False
    kill(pids[-1:] if one else pids)
    return True


def _installer(place: Any, process: subprocess.Popen[str], moment: float) -> bool:
    assert isinstance(place, FolderGrounds)
    hit = _after(moment, place.installers, process, one=True)
    process.communicate()
    return hit


def _module(place: Any, process: subprocess.Popen[str], moment: float) -> bool:
    assert isinstance(place, FolderGrounds)
    hit = _after(moment, place.module, process)
    process.communicate()
    return hit


def _playbook(_place: Any, process: subprocess.Popen[str], moment: float) -> bool:
    """Only the command that an operator typed; what it had started may go on."""
    time.sleep(moment)
    if process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return True


def _everything(_place: Any, process: subprocess.Popen[str], moment: float) -> bool:
    time.sleep(moment)
    if process.poll() is not None:
        return False
    kill(descendants(process.pid))
    process.communicate()
    return True


def _container(place: Any, process: subprocess.Popen[str], moment: float) -> bool:
    assert isinstance(place, ContainerGrounds)
    time.sleep(moment)
    hit = process.poll() is None
    docker("kill", place.node.name)
    # Back before the controller gives it up, which takes it a quarter of an hour while something is built there.
    time.sleep(_REBOOT)
    docker("start", place.node.name)
    process.communicate()
    return hit


_STRIKES: dict[str, Callable[[Any, subprocess.Popen[str], float], bool]] = {
    "installer": _installer,
    "module": _module,
    "ansible-playbook": _playbook,
    "all processes": _everything,
    "container": _container,
}
