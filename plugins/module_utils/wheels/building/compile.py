# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the compilation of one package: with fewer jobs after memory ran out, and telling how far it is."""

from __future__ import annotations

import glob
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.cgroup import ControlGroups
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.host.progress import RateMeter
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import jobs as build_jobs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import ninja
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import output as build_output
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.jobs import Jobs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

_LOOK_SECONDS = 2.0
_RATE_SECONDS = 1800.0  # one kernel takes minutes


class Compiling:
    """The attempts to compile one source.

    :param key: what it is compiled for.
    :param source: its folder.
    :param log: path of the log.
    :param time_limit: seconds for all attempts; 0: none.
    """

    def __init__(
        self,
        runner: Runner,
        groups: ControlGroups,
        key: WheelKey,
        source: str,
        status: StatusFile,
        log: str,
        time_limit: float,
    ) -> None:
        self._runner = runner
        self._groups = groups
        self._key = key
        self._source = source
        self._status = status
        self._log = log
        self._limit = time_limit
        self._started = time.monotonic()

    def run(self, argv: Sequence[str], environment: Mapping[str, str], jobs: Jobs) -> dict[str, Any]:
        """Compile until it succeeds, or fails for another reason than memory.

        :param argv: the command.
        :returns: ``seconds``, ``jobs``, ``threads``, ``attempts``, and ``steps`` and ``steps_before``: compiled files,
            and those that an earlier run had compiled.
        :raises ModelEnvError: it failed; kind ``no_memory``, ``timeout``, ``no_space`` or ``build_failed``.
        """
        before, _total = self.progress()
        attempts = 0
        while True:
            attempts += 1
            kills = self._groups.kills()
            result = self._attempt(argv, environment, jobs)
            if result.rc == 0:
                done, _total = self.progress()
                return {
                    "seconds": round(time.monotonic() - self._started, 1),
                    "jobs": jobs.jobs,
                    "threads": jobs.threads,
                    "attempts": attempts,
                    "steps": done,
                    "steps_before": before,
                }
            if result.timed_out:
                raise self._timeout()
            output = result.stdout + "\n" + result.stderr
            killed = self._groups.kills() > kills or build_output.killed_by_memory(output, result.rc)
            if not killed:
                raise build_output.failure(self._key.package, self._key.slug(), output, self._log)
            less = build_jobs.fewer(jobs)
            if less is None:
                raise self._no_memory(jobs)
            self._note(f"memory ran out with {jobs.jobs} jobs of {jobs.threads} threads; going on with {less.jobs}")
            jobs = less

    def progress(self) -> tuple[int, int]:
        """Files that are compiled, and files in all (0: not known yet)."""
        pairs = []
        for path in glob.glob(os.path.join(glob.escape(self._source), "build", "**", ninja.BUILD_FILE), recursive=True):
            pairs.append((_text(path), _text(os.path.join(os.path.dirname(path), ninja.LOG_FILE))))
        return ninja.progress(pairs)

    def _attempt(self, argv: Sequence[str], environment: Mapping[str, str], jobs: Jobs) -> CommandResult:
        variables = {**environment, "MAX_JOBS": str(jobs.jobs), "NVCC_THREADS": str(jobs.threads)}
        left = max(1.0, self._limit - (time.monotonic() - self._started)) if self._limit else None
        self._note(f"compiling with {jobs.jobs} jobs of {jobs.threads} threads")
        with self._shown(jobs), open_log(self._log) as log:
            return self._runner.run(argv, env=variables, timeout=left, log=log)

    @contextmanager
    def _shown(self, jobs: Jobs) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(jobs, stop), name="build-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _watch(self, jobs: Jobs, stop: threading.Event) -> None:
        meter = RateMeter(_RATE_SECONDS)
        phase, detail = f"compiling {self._key.package}", f"{jobs.jobs} at once"
        while True:
            done, total = self.progress()
            status: dict[str, Any] = {"phase": phase, "detail": detail}
            if total:
                rate = meter.sample(time.monotonic(), done)
                status.update(done=done, total=total, unit="files", rate=rate)
            self._status.write(status, force=True)
            if stop.wait(_LOOK_SECONDS):
                return

    def _note(self, text: str) -> None:
        with open_log(self._log) as log:
            log.write(f"\n# {text}\n".encode())

    def _no_memory(self, jobs: Jobs) -> ModelEnvError:
        grant = self._groups.grant()
        limit = grant.memory_limit or grant.memory
        return ModelEnvError(
            f"memory ran out while {self._key.package} was compiled with {jobs.jobs} job",
            where=self._key.slug(),
            why=f"a compiler was killed or refused memory; the build may use {sizes.shown(limit)}",
            todo="give the build more memory, or name another build host; what is compiled is kept",
            kind=build_output.MEMORY,
            log=self._log,
        )

    def _timeout(self) -> ModelEnvError:
        done, total = self.progress()
        return ModelEnvError(
            f"{self._key.package} was not compiled within {self._limit:g} seconds",
            where=self._key.slug(),
            why=f"{done} of {total} files are compiled" if total else "it had not begun to compile",
            todo="run again, which goes on from there, or raise the limit",
            kind="timeout",
            log=self._log,
        )


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except OSError:
        return ""
