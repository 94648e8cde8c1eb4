# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control groups of this process really grant: cores, memory, and how often memory has killed.

Both versions of control groups, nested ones, and a mix of both. Sources: the kernel's
``Documentation/admin-guide/cgroup-v2.rst`` (memory.max, memory.high, memory.stat, memory.events, cpu.max),
``Documentation/admin-guide/cgroup-v1/memory.rst`` (memory.limit_in_bytes, memory.stat, memory.oom_control),
``Documentation/scheduler/sched-bwc.rst`` (cpu.cfs_quota_us), and proc(5) for ``mountinfo`` and ``cgroup``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

_UNLIMITED = 1 << 60  # v1 writes "no limit" as the greatest page-aligned number


@dataclass(frozen=True)
class Grant:
    """What a build may use.

    :ivar cores: may be a fraction (``--cpus 1.5``).
    :ivar memory: bytes that are still free for it.
    :ivar memory_limit: bytes that the tightest control group allows in all; 0: none limits it.
    """

    cores: float
    memory: int
    memory_limit: int = 0


class ControlGroups:
    """Reads the control groups of this process.

    :param root: where ``/proc`` and ``/sys`` are looked for.
    :param cpus: processors that this process may run on; None: ask the scheduler, which knows cpusets.
    """

    def __init__(self, root: str = "/", cpus: int | None = None) -> None:
        self._root = root
        self._cpus = len(os.sched_getaffinity(0)) if cpus is None else cpus
        self._folders = self._find()

    def grant(self) -> Grant:
        """What is granted now."""
        cores, memory, limit = float(self._cpus), self._available(), 0
        for folder in self._above("cpu"):
            cores = min(cores, self._quota(folder))
        for folder in self._above("memory"):
            most, used = self._memory(folder)
            if most:
                limit = min(limit or most, most)
                memory = min(memory, max(0, most - used))
        return Grant(cores, memory, limit)

    def kills(self) -> int:
        """How many processes of this control group memory has killed so far."""
        version, _mount, folder = self._folders.get("memory", (0, "", ""))
        if not version:
            return 0
        name = "memory.events" if version == 2 else "memory.oom_control"
        return self._table(os.path.join(folder, name)).get("oom_kill", 0)

    def _above(self, controller: str) -> Iterator[str]:
        """The control group's own folder and those above it, as far as they can be seen."""
        version, mount, folder = self._folders.get(controller, (0, "", ""))
        while version:
            yield folder
            if len(folder) <= len(mount):
                return
            folder = os.path.dirname(folder)

    def _quota(self, folder: str) -> float:
        words = self._read(os.path.join(folder, "cpu.max")).split()
        if not words:
            words = [self._read(os.path.join(folder, f"cpu.cfs_{name}_us")).strip() for name in ("quota", "period")]
        quota, period = (int(word) if word.isdigit() else 0 for word in (*words, "", "")[:2])
        return quota / period if quota and period else float(self._cpus)

    def _memory(self, folder: str) -> tuple[int, int]:
        """The limit of a folder (0: none), and what of it is in use and cannot be had back."""
        limits = [self._number(folder, name) for name in ("memory.max", "memory.high", "memory.limit_in_bytes")]
        limits = [limit for limit in limits if 0 < limit < _UNLIMITED]
        if not limits:
            return 0, 0
        used = self._number(folder, "memory.current") or self._number(folder, "memory.usage_in_bytes")
        stat = self._table(os.path.join(folder, "memory.stat"))
        # Of v1 the sums over the groups below.
        cache = sum(stat.get(f"total_{name}", stat.get(name, 0)) for name in ("inactive_file", "active_file"))
        return min(limits), max(0, used - cache)

    def _available(self) -> int:
        """Bytes that the whole machine has left (proc(5), MemAvailable)."""
        for line in self._read("/proc/meminfo").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return _UNLIMITED

    def _find(self) -> dict[str, tuple[int, str, str]]:
        """Controller -> version, mount point, and the folder of this process below it."""
        mounts: dict[str, tuple[int, str, str]] = {}
        for line in self._read("/proc/self/mountinfo").splitlines():
            # 35 31 0:32 <root> <mount point> <options> ... - <type> <source> <options>
            before, _dash, after = line.partition(" - ")
            fields, kind = before.split(), (after.split() or [""])[0]
            if kind == "cgroup2":
                mounts[""] = (2, fields[3], fields[4])
            elif kind == "cgroup":
                for controller in after.split()[2].split(","):
                    mounts[controller] = (1, fields[3], fields[4])
        paths = {}
        for line in self._read("/proc/self/cgroup").splitlines():
            _number, controllers, path = line.split(":", 2)
            for controller in controllers.split(","):
                paths[controller] = path
        found = {}
        for controller in ("cpu", "memory"):
            name = controller if controller in mounts else ""
            if name in mounts and name in paths:
                version, root, mount = mounts[name]
                found[controller] = (version, mount, _below(mount, root, paths[name]))
        return found

    def _number(self, folder: str, name: str) -> int:
        text = self._read(os.path.join(folder, name)).strip()
        return int(text) if text.isdigit() else 0

    def _table(self, path: str) -> dict[str, int]:
        pairs = (line.split() for line in self._read(path).splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}

    def _read(self, path: str) -> str:
        try:
            with open(os.path.join(self._root, path.lstrip("/")), encoding="utf-8", errors="replace") as handle:
                return handle.read()
        except OSError:
            return ""


def _below(mount: str, root: str, path: str) -> str:
    """The folder of a control group below a mount that shows the hierarchy from ``root`` on.

    Inside a container the mount often begins at the container's own group, while the path is that of the whole machine.
    """
    if root != "/" and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    return os.path.normpath(mount + "/" + path.lstrip("/")) if ".." not in path.split("/") else mount
