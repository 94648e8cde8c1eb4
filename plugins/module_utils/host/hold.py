# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is changing a folder now: a file that names its holder, for as long as the holder lives.

It does not rest on flock, which Lustre and some NFS do not share between nodes: the file is made by ``link()``, which
is atomic on all of them (open(2), notes on O_EXCL). A hold ends with its holder: at once where the holder's process can
be looked up (same boot, same process namespace), and after ``STALE_SECONDS`` without a heartbeat anywhere else.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
import threading
import time
import uuid
from types import TracebackType
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

HEARTBEAT_SECONDS = 5.0
STALE_SECONDS = 30.0
_RETRY_SECONDS = 0.5


def describe(holder: dict[str, Any]) -> str:
    """The holder in one phrase for an operator."""
    return (
        f"{holder.get('what', 'another run')} by {holder.get('user', '?')} on {holder.get('host', '?')}, "
        f"process {holder.get('pid', '?')}, since {holder.get('since', '?')}"
    )


def refused(path: str, holder: dict[str, Any]) -> ModelEnvError:
    """The error of a run that finds somebody else's hold at ``path``."""
    return ModelEnvError(
        f"{os.path.dirname(path)} is locked: {describe(holder)}",
        why="two runs at once on one folder would overwrite each other",
        todo="wait for that run to end and run again, or let this one wait longer (lock_wait, in seconds)",
        kind="locked",
        details={"holder": holder},
    )


class Hold:
    """The file at ``path``; a context manager once :meth:`acquire` was called.

    :param path: of the file; its folder must exist.
    :param what: what the holder is doing, shown to those who are refused.
    """

    def __init__(self, path: str, what: str) -> None:
        self.path = path
        self._what = what
        self._identity = uuid.uuid4().hex
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self, wait: float = 0.0) -> Hold:
        """Take hold, waiting up to ``wait`` seconds for another holder to finish.

        :raises ModelEnvError: kind ``locked``; the holder is in the message and in ``details``.
        """
        deadline = time.monotonic() + wait
        while not self._try():
            holder = read_holder(self.path)
            if holder is None:
                continue  # released, or broken as stale, between the attempt and the look
            if time.monotonic() >= deadline:
                raise refused(self.path, holder)
            time.sleep(_RETRY_SECONDS)
        self._thread = threading.Thread(target=self._beat, name="hold-heartbeat", daemon=True)
        self._thread.start()
        return self

    def held(self) -> bool:
        """Whether it is still ours; it is not once somebody took this run for dead."""
        found = _read(self.path)
        return found is not None and found[0].get("identity") == self._identity

    def release(self) -> None:
        """Let go; harmless if it is not ours any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        found = _read(self.path)
        if found is not None and found[0].get("identity") == self._identity:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _try(self) -> bool:
        own = f"{self.path}.{self._identity}"
        with open(own, "w", encoding="utf-8") as handle:
            json.dump({**_myself(), "what": self._what, "identity": self._identity}, handle)
        try:
            with contextlib.suppress(FileExistsError):
                os.link(own, self.path)
            # NFS may lose the answer of a link() that succeeded; the link count tells (open(2)).
            return os.stat(own).st_nlink == 2
        finally:
            os.unlink(own)

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            with contextlib.suppress(OSError):
                os.utime(self.path)


def read_holder(path: str) -> dict[str, Any] | None:
    """Whose the file at ``path`` is; None if nobody's. That of a dead holder is removed on the way."""
    found = _read(path)
    if found is None:
        return None
    holder, modified = found
    if not _dead(holder, path, modified):
        return holder
    _break(path, holder)
    return None


def peek_holder(path: str) -> dict[str, Any] | None:
    """Like :func:`read_holder`, but changes nothing: for plans and check mode."""
    found = _read(path)
    return None if found is None or _dead(found[0], path, found[1]) else found[0]


def _read(path: str) -> tuple[dict[str, Any], float] | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            modified = os.fstat(handle.fileno()).st_mtime
            text = handle.read()
    except FileNotFoundError:
        return None
    try:
        holder = json.loads(text)
    except ValueError:
        holder = None
    return (holder if isinstance(holder, dict) else {"what": "an unreadable lock file"}), modified


def _myself() -> dict[str, Any]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = str(os.getuid())  # a container's user without an entry in passwd
    return {
        "host": socket.gethostname(),
        "place": _place(),
        "pid": os.getpid(),
        "started": _started(os.getpid()),
        "user": user,
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _place() -> str:
    """Names the boot and the process namespace: only inside them does a process number mean a process."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as handle:
            boot = handle.read().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> str:
    """Start time of a process in clock ticks (proc(5), stat field 22); "" if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as handle:
            fields = handle.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]


def _dead(holder: dict[str, Any], path: str, modified: float) -> bool:
    if holder.get("place") == _place():
        return _started(int(holder.get("pid", 0))) != holder.get("started")
    return _filesystem_now(path) - modified > STALE_SECONDS


def _filesystem_now(path: str) -> float:
    """The time by the clock that stamps the file, so that a node whose own clock is off does not break a hold."""
    probe = f"{path}.{uuid.uuid4().hex}"
    try:
        with open(probe, "w", encoding="ascii"):
            pass
        try:
            return os.stat(probe).st_mtime
        finally:
            os.unlink(probe)
    except OSError:
        return time.time()


def _break(path: str, holder: dict[str, Any]) -> None:
    """Remove a dead holder's file. If somebody else was faster and has taken hold anew, put theirs back."""
    aside = f"{path}.stale-{uuid.uuid4().hex}"
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return
    found = _read(aside)
    if found is not None and found[0].get("identity") != holder.get("identity"):
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    os.unlink(aside)
