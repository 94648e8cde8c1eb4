# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many compilers may run at once: as many as the cores and the memory that are really granted allow."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils.sizes import GIB

_DRIVER = GIB  # what pip, setup.py with torch imported, and ninja take themselves


@dataclass(frozen=True)
class Jobs:
    """How a build is spread.

    :ivar jobs: compilers at once (``MAX_JOBS``).
    :ivar threads: threads of one nvcc (``NVCC_THREADS``): it compiles that many architectures of one file at once.
    """

    jobs: int = 1
    threads: int = 1


def plan(cores: float, memory: int, gib_per_job: float, archs: int, most: int = 0) -> Jobs:
    """The jobs for a build.

    Threads are only used where cores are left over: a thread takes about as much memory as a job, and a job helps more.

    :param cores: that the build may use.
    :param memory: bytes that it may use.
    :param gib_per_job: of one compiler with one thread, in GiB.
    :param archs: number of architectures that nvcc compiles for.
    :param most: limit for the jobs; 0: none.
    """
    by_memory = max(1, int((memory - _DRIVER) / (gib_per_job * GIB)))
    by_cores = max(1, int(cores))
    jobs = min(by_memory, by_cores, most or by_cores)
    return Jobs(jobs, max(1, min(archs, by_cores // jobs, by_memory // jobs)))


def fewer(jobs: Jobs) -> Jobs | None:
    """What to try after a build was killed by memory; None: there is nothing smaller."""
    if jobs.threads > 1:
        return Jobs(jobs.jobs, 1)
    return Jobs(jobs.jobs // 2, 1) if jobs.jobs > 1 else None


def enough(memory: int, gib_per_job: float) -> bool:
    """Whether one job fits at all; with half of what is usual it may still work, with less it will not."""
    return memory - _DRIVER / 2 >= gib_per_job * GIB / 2
