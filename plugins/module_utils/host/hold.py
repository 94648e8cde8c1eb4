# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is changing a folder now: a file that names its holder, for as long as the holder lives.

It does not rest on flock, which Lustre and some NFS do not share between nodes: the file is made by ``link()``, which
is atomic on all of them (open(2), notes on O_EXCL). A hold ends with its holder:

- at once where the holder's process can be looked up (same boot, same process namespace) and is gone;
- after ``STALE_SECONDS`` without a heartbeat where it cannot be looked up: on another node, in another namespace, or
  behind a /proc that hides the processes of others (``hidepid``, proc(5));
- after ``ABANDONED_SECONDS`` without one although a process of its number lives: a file may name any process.

A holder that was taken for dead and wakes up must not go on as if nothing had happened: :meth:`Hold.demand` before
whatever cannot be undone. Who may write into the folder can always take hold; it guards against accidents, not enemies.
"""

from __future__ import annotations

import contextlib
import getpass
import glob
import json
import os
import socket
import stat
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners, user_name
from ansible_collections.portable.model_env.plugins.module_utils.names import one_line

HEARTBEAT_SECONDS = 5.0
STALE_SECONDS = 30.0
ABANDONED_SECONDS = 900.0
_RETRY_SECONDS = 0.5
_MOST_BYTES = 1 << 16
_LONGEST = 120  # characters of a stranger's word in a message


@dataclass(frozen=True)
class Holder:
    """Who holds a folder, in the holder's own words.

    :ivar what: what it is doing.
    :ivar place: its boot and process namespace: only there does ``pid`` mean a process.
    :ivar started: when that process was started, in clock ticks; a number may be given again.
    :ivar identity: of this hold, random.
    """

    what: str = "another run"
    host: str = "?"
    place: str = ""
    pid: int = 0
    started: str = ""
    user: str = "?"
    since: str = "?"
    identity: str = ""

    def __str__(self) -> str:
        """The holder in one phrase for an operator."""
        words = {name: one_line(str(value))[:_LONGEST] for name, value in asdict(self).items()}
        return "{what} by {user} on {host}, process {pid}, since {since}".format(**words)

    def as_dict(self) -> dict[str, Any]:
        """For results."""
        return {name: one_line(value) if isinstance(value, str) else value for name, value in asdict(self).items()}


_UNREADABLE = Holder(what="an unreadable file")


@dataclass(frozen=True)
class _Found:
    """A hold as it lies there.

    :ivar modified: time of its last heartbeat by the clock of its filesystem.
    """

    holder: Holder
    modified: float


def refused(path: str, holder: Holder) -> ModelEnvError:
    """The error of a run that finds somebody else's hold at ``path``."""
    todo = "wait for that run to end and run again, or let this one wait longer (lock_wait, in seconds)"
    if holder == _UNREADABLE:
        todo = f"look who wrote {path}; a run that waits {STALE_SECONDS:g} s (lock_wait) takes it if nobody renews it"
    return ModelEnvError(
        f"{os.path.dirname(path)} is locked: {holder}",
        why="two runs at once on one folder would overwrite each other",
        todo=todo,
        kind="locked",
        details={"holder": holder.as_dict()},
    )


class Hold:
    """The file at ``path``; a context manager once :meth:`acquire` was called.

    :param path: of the file; its folder must exist.
    :param what: what the holder is doing, shown to those who are refused.
    :param owners: whose file is believed; None: anybody's.
    :param shown: the path for messages, where ``path`` goes through a descriptor (``/proc/self/fd/...``).
    :ivar took_over: a holder before could not be looked up and was taken for dead: it may wake up. That another run
        found it dead does not matter: who takes hold next is whoever is first.
    """

    def __init__(self, path: str, what: str, owners: Owners | None = None, shown: str = "") -> None:
        self.path = path
        self._shown = shown or path
        self._owners = owners
        self.took_over = False
        self._what = what
        self._mark = f"{path}.taken"
        self._identity = uuid.uuid4().hex
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self, wait: float = 0.0) -> Hold:
        """Take hold, waiting up to ``wait`` seconds for another holder to finish.

        :raises ModelEnvError: kind ``locked``; the holder is in the message and in ``details``.
        """
        deadline = time.monotonic() + wait
        watched: tuple[_Found | None, float] = (None, 0.0)
        while not self._try():
            found = self._read()
            if found is None:
                continue  # let go between the attempt and the look
            now = time.monotonic()
            if watched[0] != found:
                watched = (found, now)
            # Watching needs no clock but one's own: that of the filesystem may have been set back.
            unmoved = now - watched[1] > STALE_SECONDS and not _lives(found.holder)
            if unmoved or _is_dead(found, self.path):
                self._break(found)
                continue
            if now >= deadline:
                raise refused(self._shown, found.holder)
            time.sleep(_RETRY_SECONDS)
        self.took_over = os.path.lexists(self._mark)
        self._thread = threading.Thread(target=self._beat, name="hold-heartbeat", daemon=True)
        self._thread.start()
        return self

    def held(self) -> bool:
        """Whether it is still ours; it is not once somebody took this run for dead."""
        found = self._read()
        return found is not None and found.holder.identity == self._identity

    def demand(self) -> None:
        """Go on only if it is still ours; before whatever another run could not undo.

        :raises ModelEnvError: kind ``lost``.
        """
        if not self.held():
            raise ModelEnvError(
                f"{os.path.dirname(self._shown)} was lost to another run",
                why="this run gave no sign of life for so long that another took it for dead (a suspended process or "
                "machine, or a shared filesystem that hung)",
                todo="run again; this run has stopped without touching what the other one does",
                kind="lost",
            )

    def release(self) -> None:
        """Let go; harmless if it is not ours any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self.held():
            if self.took_over:
                _unlink(self._mark)
            _unlink(self.path)

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _read(self) -> _Found | None:
        return _read(self.path, self._owners, self._shown)

    def _try(self) -> bool:
        own = f"{self.path}.{self._identity}"
        # O_EXCL: whoever may write into the folder could have put a link there.
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                json.dump(_myself(self._what, self._identity).as_dict(), handle)
            # FileNotFoundError: somebody cleaned up and took this for litter; the next attempt makes another.
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                os.link(own, self.path, follow_symlinks=False)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(own)
        # NFS may lose the answer of a link() that succeeded; what lies there tells (open(2)).
        return self.held()

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            with contextlib.suppress(OSError, ModelEnvError):
                if not self.held():
                    return  # another's hold is not kept alive
                os.utime(self.path, follow_symlinks=False)

    def _break(self, found: _Found) -> None:
        """Remove a dead holder's file, unless somebody else is doing it or its holder woke up.

        Where the holder might still live, that is marked first, for whoever takes hold next.
        """
        marker = f"{self.path}.breaking"
        try:
            os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644))
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                if _filesystem_now(self.path) - os.lstat(marker).st_mtime > STALE_SECONDS:
                    os.unlink(marker)
            time.sleep(_RETRY_SECONDS / 10)
            return
        try:
            if _read(self.path) != found:
                return
            if found.holder.place != _place() or _looked_up(found.holder.pid) == _HIDDEN:
                os.close(os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644))
            aside = f"{self.path}.stale-{self._identity}"
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.path, aside)
                try:
                    if _read(aside) != found:
                        with contextlib.suppress(FileExistsError):
                            os.link(aside, self.path)
                finally:
                    os.unlink(aside)
        finally:
            _unlink(marker)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def peek_holder(path: str, owners: Owners | None = None) -> Holder | None:
    """Who holds ``path``; None if nobody does, or the holder is dead. Changes nothing but for a moment's probe file.

    :param owners: as for :class:`Hold`.
    """
    found = _read(path, owners)
    return None if found is None or _is_dead(found, path) else found.holder


def litter(path: str) -> list[str]:
    """What killed runs left beside a hold: files that are too old to be another run's attempt of this moment."""
    beside = glob.glob(f"{glob.escape(path)}.*")
    now = _filesystem_now(path) if beside else 0.0
    found = []
    for other in beside:
        with contextlib.suppress(FileNotFoundError):
            if now - os.lstat(other).st_mtime > ABANDONED_SECONDS:
                found.append(other)
    return found


def _read(path: str, owners: Owners | None = None, shown: str = "") -> _Found | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        if os.path.lexists(path) and not _is_file(path):
            raise _no_file(shown or path) from error
        raise
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise _no_file(shown or path)
        if owners is not None and not owners.trusts(facts.st_uid):
            raise _foreign(shown or path, facts.st_uid)
        text = os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)
    try:
        holder = strict.read(Holder, json.loads(text), extra=True)
    except (ValueError, RecursionError):
        holder = _UNREADABLE
    return _Found(holder, facts.st_mtime)


def _is_file(path: str) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _no_file(path: str) -> ModelEnvError:
    return ModelEnvError(
        f"{path} is no plain file, so nobody can hold {os.path.dirname(path)}",
        why="somebody put a folder, a link or a pipe where the file of a hold belongs",
        todo=f"look who made it (ls -ld {path}), and remove it",
        kind="locked",
    )


def _foreign(path: str, uid: int) -> ModelEnvError:
    return ModelEnvError(
        f"{path} belongs to {user_name(uid)}, so it holds nothing",
        why="somebody else put it where a run of this user's, or of root's, says that it is at work",
        todo=f"look at it (ls -l {path}) and remove it, or name its owner with the option `trusted_owners`",
        kind="foreign",
    )


def _myself(what: str, identity: str) -> Holder:
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = str(os.getuid())  # a container's user without an entry in passwd
    return Holder(
        what=what,
        host=socket.gethostname(),
        place=_place(),
        pid=os.getpid(),
        started=_looked_up(os.getpid()),
        user=user,
        since=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        identity=identity,
    )


def _place() -> str:
    """Names the boot and the process namespace: only inside them does a process number mean a process."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as handle:
            boot = handle.read().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


_GONE, _HIDDEN = "gone", "hidden"


def _looked_up(pid: int) -> str:
    """Start time of a process in clock ticks (proc(5), stat field 22), or one of the words above."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as handle:
            fields = handle.read().rpartition(")")[2].split()
        return _GONE if fields[0] in ("Z", "X") else fields[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return _GONE
    except PermissionError:
        pass
    return _HIDDEN


def _lives(holder: Holder) -> bool:
    """Whether the holder's process can be seen."""
    return holder.place == _place() and holder.pid > 0 and _looked_up(holder.pid) == holder.started


def _is_dead(found: _Found, path: str) -> bool:
    holder = found.holder
    patience = STALE_SECONDS
    if holder.place == _place() and holder.pid > 0:
        started = _looked_up(holder.pid)
        if started == holder.started:
            patience = ABANDONED_SECONDS
        elif started != _HIDDEN:
            return True
    return _filesystem_now(path) - found.modified > patience


def _filesystem_now(path: str) -> float:
    """The time by the clock that stamps the file, so that a node whose own clock is off does not break a hold."""
    probe = f"{path}.{uuid.uuid4().hex}"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError:
        return time.time()
    try:
        return os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(probe)
