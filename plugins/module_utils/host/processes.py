# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes run from a folder, as far as this user may read /proc."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
from typing import Iterator


def using(folder: str) -> bool:
    """Whether a process was started from ``folder``, or has one of its files mapped."""
    needle = os.fsencode(folder) + b"/"
    return any(needle in _read(process, name) for process in _processes() for name in ("cmdline", "maps"))


def started_through(link: str) -> list[float]:
    """When the processes were started whose program was found through the folder that ``link`` leads to.

    The kernel does not tell where the link led then: a Python keeps its path as it was given, and opens what it imports
    only while it imports it.

    :returns: seconds since the epoch, one for each process.
    """
    needle = os.fsencode(link) + b"/"
    found = []
    for process in _processes():
        if needle in _read(process, "cmdline") or (_is_python(process) and needle in _read(process, "environ")):
            with contextlib.suppress(OSError, IndexError, ValueError):
                found.append(_started(process))
    return found


def kill_orphans(temporary: str) -> None:
    """Kill the processes that this user may kill whose TMPDIR begins with ``temporary``.

    Every run hands its own fresh folder to whatever it starts, so the folder gives them away.
    """
    needle = b"\0TMPDIR=" + os.fsencode(temporary)
    for folder in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError):
            with open(os.path.join(folder, "environ"), "rb") as handle:
                orphan = needle in b"\0" + handle.read()
            if orphan:
                os.kill(int(os.path.basename(folder)), signal.SIGKILL)


def _processes() -> Iterator[str]:
    return iter(glob.glob("/proc/[0-9]*"))


def _read(process: str, name: str) -> bytes:
    with contextlib.suppress(OSError), open(os.path.join(process, name), "rb") as handle:
        return handle.read()
    return b""


def _is_python(process: str) -> bool:
    """Whether it is a Python, which may have been found on a PATH that names the folder."""
    with contextlib.suppress(OSError):
        return os.path.basename(os.readlink(os.path.join(process, "exe"))).startswith("python")
    return False


def _started(process: str) -> float:
    """Start of a process (proc(5): field 22 of stat in clock ticks after the boot, which is btime of /proc/stat)."""
    ticks = int(_read(process, "stat").rpartition(b")")[2].split()[19])
    boot = next(line for line in _read("/proc", "stat").splitlines() if line.startswith(b"btime"))
    return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
