# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs probes in an environment's interpreter, and the rest in a new process where one takes the process with it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import tempfile
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured, ProbeCall
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.probes import compute as compute_source
from ansible_collections.portable.model_env.plugins.module_utils.probes import environment as probe_source
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of

# Each may cost the whole limit: an environment on a filesystem that hangs must not cost it once per import.
_MOST_TIMEOUTS = 3
_STARTUP_SECONDS = 60.0
_NOISE_READ = 4096  # bytes
_NOISE_SHOWN = 200  # characters
_TIMEOUT = re.compile(r"^Timeout \(\d", re.MULTILINE)
# What ends a process with a signal, as a rule.
_LIKELY: dict[int, str] = {
    signal.SIGKILL: ", as the kernel does when memory runs out",
    signal.SIGBUS: ", as a library does that was cut off",
}
_FRAME = re.compile(r'^  File "([^"<][^"]*)", line (\d+)', re.MULTILINE)


@dataclass
class ProbeRun:
    """What one process told: measurements by check, modules that did not import, and how it ended."""

    found: dict[str, Measured] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    last_words: str = ""

    def take(self, events: Iterable[Mapping[str, Any]]) -> str:
        """Take in all events; returns the check that was running at the end, "" if none was."""
        running = importing = ""
        for event in events:
            if event["event"] == "start":
                running, importing = event["check"], ""
            elif event["event"] == "importing":
                importing = event["module"]
            elif event["event"] == "imported":
                importing = ""
                if not event["ok"]:
                    self.broken.append(event["module"])
            elif event["event"] == "end":
                running = ""
                self.found[event["check"]] = Measured(
                    value=event["value"], error=event["error"], blocked=event["blocked"], seconds=event["seconds"]
                )
        if running and importing:
            self.broken.append(importing)
        return str(running)


class ProbeRunner:
    """Measures one environment.

    :param runner: starts the processes.
    :param python: absolute path of the environment's interpreter.
    :param environ: the whole environment of the processes.
    :param limit: seconds that one call may take.
    :param write_bytecode: let imports write ``__pycache__``.
    """

    def __init__(
        self, runner: Runner, python: str, *, environ: Mapping[str, str], limit: float, write_bytecode: bool = False
    ) -> None:
        self._runner = runner
        self._argv = [python, "-I", *([] if write_bytecode else ["-B"]), "-"]
        # -I makes the interpreter itself deaf to PYTHON*, but not the processes that an import may start.
        self._environ = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
        self._limit = limit
        # One program: the second text must not begin with what only a first one may.
        compute = source_of(compute_source).replace("from __future__ import annotations\n", "")
        self._source = f"{source_of(probe_source)}\n\n{compute}"

    def measure(self, calls: Mapping[str, ProbeCall]) -> dict[str, Measured]:
        """Run all calls in as few processes as they survive.

        :param calls: by the name of the check.
        :returns: what was measured, by the same names.
        """
        found: dict[str, Measured] = {}
        broken: list[str] = []
        pending = dict(calls)
        while pending:
            timeouts = sum(one.timed_out for one in found.values())
            if timeouts >= _MOST_TIMEOUTS:
                why = f"{timeouts} checks before it had already run into the time limit"
                found.update({check: Measured(not_run=why) for check in pending})
                break
            run = self._once(pending, broken)
            if not run.found:
                first, *rest = pending
                found[first] = Measured(error=f"{self._argv[0]} does not run: {run.last_words}")
                found.update({check: Measured(not_run="the interpreter does not run") for check in rest})
                break
            found.update(run.found)
            broken.extend(run.broken)
            pending = {check: call for check, call in pending.items() if check not in found}
        return found

    def _once(self, calls: Mapping[str, ProbeCall], broken: Sequence[str]) -> ProbeRun:
        """One process."""
        with _noise_file() as noise:
            job = {
                "calls": [
                    {"check": check, "probe": call.probe, "args": dict(call.args)} for check, call in calls.items()
                ],
                "broken": list(broken),
                "limit": self._limit,
                "noise": noise,
            }
            text = f"{self._source}\n\nmain(json.loads({json.dumps(json.dumps(job))}))\n"
            run = ProbeRun()
            try:
                result = self._runner.run(
                    self._argv, env=self._environ, stdin=text, timeout=_STARTUP_SECONDS + self._limit * len(calls)
                )
            except OSError as error:
                run.last_words = error.strerror or str(error)
                return run
            running = run.take(_events(result.stdout))
            if running:
                run.found[running] = self._death(result, _last_line(noise))
        run.last_words = _last_words(result)
        return run

    def _death(self, result: CommandResult, said: str) -> Measured:
        """How a process ended in the middle of a check.

        :param said: the last that it printed.
        """
        place = _place(result.stderr)
        if result.timed_out or (result.rc == 1 and _TIMEOUT.search(result.stderr)):
            return Measured(error=f"not finished after {self._limit:g} s{place}", timed_out=True, seconds=self._limit)
        said = f', after it had printed "{said}"' if said else ""
        if result.rc < 0:
            likely = _LIKELY.get(-result.rc, "")
            return Measured(error=f"it crashed the interpreter with {_signal_name(-result.rc)}{likely}{place}{said}")
        return Measured(error=f"it ended the interpreter with status {result.rc}, without an exception{said}")


@contextlib.contextmanager
def _noise_file() -> Iterator[str]:
    """Path of a new file for what imports print; /dev/null where there is no room for one."""
    try:
        descriptor, path = tempfile.mkstemp(prefix="model_env-noise-")
    except OSError:
        yield os.devnull
        return
    os.close(descriptor)
    try:
        yield path
    finally:
        os.unlink(path)


def _last_line(path: str) -> str:
    """The last line with anything in it, shortened."""
    with open(path, "rb") as handle:
        handle.seek(max(0, os.stat(path).st_size - _NOISE_READ))
        lines = [line.strip() for line in handle.read().decode("utf-8", "replace").splitlines()]
    return next((line[-_NOISE_SHOWN:] for line in reversed(lines) if line), "")


def _events(stdout: str) -> list[dict[str, Any]]:
    events = []
    for line in stdout.split("\n"):  # not splitlines, for which the mark itself ends a line
        # What a .pth file printed before the probe began may stand before the mark.
        _noise, mark, text = line.rpartition(probe_source.MARK)
        if mark:
            try:
                events.append(json.loads(text))
            except ValueError:
                continue  # the process was killed while it wrote this line
    return events


def _place(stderr: str) -> str:
    """Where faulthandler's dump shows the main thread, ``" (in FILE, line N)"``; "" without a dump.

    The innermost frame of an installed package says more than that of the standard library below it.
    """
    # Threads stand in the dump from the newest to the oldest.
    main_thread = re.split(r"^(?:Current thread|Thread) 0x", stderr, flags=re.MULTILINE)[-1]
    frames = _FRAME.findall(main_thread)
    packages = [frame for frame in frames if "site-packages" in frame[0]]
    for file, line in packages[:1] or frames[:1]:
        return f" (in {file}, line {line})"
    return ""


def _last_words(result: CommandResult) -> str:
    if result.timed_out:
        return "it did not answer in time"
    said = " ".join(result.stderr.split())[-300:]
    how = f"killed by {_signal_name(-result.rc)}" if result.rc < 0 else f"status {result.rc}"
    return f"{how}, {said}" if said else how


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
