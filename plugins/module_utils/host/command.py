# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that starts a process on the node.

Everything that needs a command is handed a runner, so a unit test hands in a scripted one, sees every
command and fails on an unexpected one.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import BinaryIO, Mapping, Protocol, Sequence

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class CommandResult:
    """What a finished command left behind.

    :ivar argv: the command as it was started.
    :ivar rc: exit status; negative: killed by that signal.
    :ivar stdout: standard output as text (undecodable bytes replaced).
    :ivar stderr: standard error likewise.
    :ivar seconds: wall-clock time.
    :ivar timed_out: true if it was killed because ``timeout`` had passed.
    """

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False


class Runner(Protocol):
    """What the rest of the code expects of a runner."""

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        cwd: str | None = None,
        timeout: float | None = None,
        log: BinaryIO | None = None,
    ) -> CommandResult:
        """Run ``argv`` to its end."""


def _die_with_parent() -> None:
    """Have the kernel kill the child when this process dies, so a killed module leaves no installer running."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        pass


class CommandRunner:
    """Runs commands for real; never through a shell."""

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        cwd: str | None = None,
        timeout: float | None = None,
        log: BinaryIO | None = None,
    ) -> CommandResult:
        """Run ``argv`` and capture its output, copying it to ``log`` while it comes.

        :param argv: the command and its arguments; ``argv[0]`` may be looked up on PATH.
        :param env: the whole environment of the child (not merged); None: this process's own.
        :param stdin: text for standard input; None: /dev/null.
        :param cwd: working folder; None: ``/``, so that no stray ``pip.py`` is ever on a child's path.
        :param timeout: seconds until the process group is killed; None: no limit.
        :param log: binary file that receives both streams as they arrive, in whole lines (``host/logfile.py``).
        :raises OSError: the command cannot be started.
        """
        started = time.monotonic()
        with subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn,ansible-bad-function
            list(argv),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env) if env is not None else None,
            cwd=cwd or "/",
            start_new_session=True,
            preexec_fn=_die_with_parent,
        ) as process:
            try:
                out, err, timed_out = self._pump(process, stdin, timeout, started, log)
            except BaseException:
                _kill_group(process)
                raise
        return CommandResult(
            tuple(argv),
            process.returncode,
            out.decode("utf-8", "replace"),
            err.decode("utf-8", "replace"),
            time.monotonic() - started,
            timed_out,
        )

    @staticmethod
    def _pump(
        process: subprocess.Popen[bytes],
        stdin: str | None,
        timeout: float | None,
        started: float,
        log: BinaryIO | None,
    ) -> tuple[bytes, bytes, bool]:
        """Move bytes between the child and us until both of its streams are closed."""
        if process.stdout is None or process.stderr is None:
            raise ValueError("both streams must be pipes")
        if stdin is not None and process.stdin is not None:
            # Requirement lists are far below the 64 KiB of a pipe; larger text would need a writer of its own.
            try:
                process.stdin.write(stdin.encode())
                process.stdin.close()
            except BrokenPipeError:
                pass
        chunks: dict[int, list[bytes]] = {process.stdout.fileno(): [], process.stderr.fileno(): []}
        lines = _Lines(log)
        timed_out = False
        with selectors.DefaultSelector() as selector:
            for fd in chunks:
                selector.register(fd, selectors.EVENT_READ)
            while selector.get_map():
                events = selector.select(_POLL_SECONDS)
                if not events and process.poll() is not None:
                    # Whoever still holds the streams outlived the command: the rest of a killed one, or a daemon.
                    _kill_group(process)
                    break
                for key, _events in events:
                    data = os.read(key.fd, 65536)
                    if not data:
                        selector.unregister(key.fd)
                        continue
                    chunks[key.fd].append(data)
                    lines.feed(key.fd, data)
                if timeout is not None and not timed_out and time.monotonic() - started > timeout:
                    timed_out = True
                    _kill_group(process)
        process.wait()
        lines.flush()
        out, err = (b"".join(parts) for parts in chunks.values())
        return out, err, timed_out


class _Lines:
    """Writes whole lines to the log, so that it recognizes a secret that was split over two reads."""

    def __init__(self, log: BinaryIO | None) -> None:
        self._log = log
        self._rest: dict[int, bytes] = {}

    def feed(self, stream: int, data: bytes) -> None:
        if self._log is None:
            return
        whole, newline, rest = (self._rest.get(stream, b"") + data).rpartition(b"\n")
        self._rest[stream] = rest
        if newline:
            self._write(whole + newline)

    def flush(self) -> None:
        for rest in self._rest.values():
            if rest:
                self._write(rest + b"\n")
        self._rest.clear()

    def _write(self, data: bytes) -> None:
        if self._log is None:
            return
        self._log.write(data)
        self._log.flush()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
