# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is being fetched: its bytes in any order, its journal, its hash while it arrives, its name at the end."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import threading
import time
import zlib
from typing import Any, Callable

from ansible_collections.portable.model_env.plugins.module_utils.host.below import Below
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.journal import (
    JournalState,
    fingerprint,
    journal_header,
    journal_record,
    parse_journal,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

BLOCK = 1 << 20
"""Bytes that are received, written and recorded at a time: what one stream can lose to a kill."""

FLUSH_BYTES = 64 << 20
FLUSH_SECONDS = 5.0
"""Bytes of one file, and seconds since the last time, after which they are flushed to the disk. A flush makes the
filesystem commit its journal, which other writers wait for, so it comes no more often than the filesystem's own. In
between the disk is kept busy with what was written (``sync_file_range``): a crash of the machine costs what came in the
last seconds."""

_JOURNAL = os.O_RDWR | os.O_APPEND | os.O_CREAT
_WRITEBACK_BYTES = 16 << 20
_SYNC_FILE_RANGE_WRITE = 2  # linux/fs.h


def _find_sync_file_range() -> Callable[[int, int, int, int], int] | None:
    try:
        function = ctypes.CDLL(None).sync_file_range
    except (OSError, AttributeError):
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    found: Callable[[int, int, int, int], int] = function
    return found


_sync_file_range = _find_sync_file_range()


def boot_id() -> str:
    """Names this boot of this machine; unknown kernels get a name that no later process has."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as handle:
            return handle.read().strip()
    except OSError:
        return f"unknown-{os.getpid()}-{time.time_ns()}"


def new_hash(file: HubFile) -> Any:
    """A fresh hash object for the file's kind of digest."""
    if file.digest.kind == "sha256":
        return hashlib.sha256()
    # The Hub names small files by their git blob: a header, then the content. It is no matter of security here.
    return hashlib.new("sha1", b"blob %d\x00" % file.size, usedforsecurity=False)


def digest_of(descriptor: int, file: HubFile, stop: threading.Event | None = None, count: Any = None) -> str:
    """The digest of an open file in the form of :class:`HubFile`; "" if it cannot be read or ``stop`` was set.

    :param descriptor: of the file; it is closed here.
    """
    total, buffer = new_hash(file), memoryview(bytearray(min(BLOCK, file.size + 1)))
    try:
        with open(descriptor, "rb", buffering=0) as handle:
            while True:
                length = handle.readinto(buffer)
                if not length:
                    break
                if stop is not None and stop.is_set():
                    return ""
                total.update(buffer[:length])
                if count is not None:
                    count(length)
    except OSError:
        return ""
    return f"{file.digest.kind}:{total.hexdigest()}"


def partial_name(file: HubFile) -> str:
    """Name of the partial file: by content and path, so that another commit's partial is never mistaken for it."""
    return f"{file.digest.digits[:24]}-{zlib.crc32(file.path.encode()):08x}"


def peek(folder: Below, file: HubFile) -> int:
    """Bytes of a file that an earlier run left in its partial file, without changing anything."""
    name = partial_name(file)
    try:
        state = _read_journal(folder, name + ".journal")
        size = folder.stat(name + ".part").st_size
    except OSError:
        return 0
    if state.header != {"path": file.path, "size": file.size, "digest": file.digest}:
        return 0
    if state.verified:
        return file.size
    there = state.trusted.copy()
    for start, end, _fingerprint_then in state.doubtful:
        there.add(start, end)
    return min(there.total(), size)


def _read_journal(folder: Below, name: str) -> JournalState:
    with open(folder.own_file(name, os.O_RDONLY), "rb") as handle:
        return parse_journal(handle.read(), boot_id())


class PartialFile:
    """The partial file and its journal in the state folder of a target. Thread-safe where several streams meet.

    :param folder: where partial files lie; on the filesystem of the target.
    :param file: what it will become.
    :raises OSError: the filesystem does not allow it.
    :raises ModelEnvError: kind ``foreign``; something else lies in the place of one of the files.
    """

    def __init__(self, folder: Below, file: HubFile) -> None:
        self.file = file
        self._folder = folder
        self._name = partial_name(file) + ".part"
        self._journal_name = partial_name(file) + ".journal"
        self.path = os.path.join(folder.path, self._name)
        self.lock = threading.Condition()
        self._hash_lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self.verified = False
        self.present = Ranges()
        self.hashed = 0
        self._hash = new_hash(file)
        self._fd = -1
        self._journal_fd = -1
        self._unflushed = 0
        self._flushed = time.monotonic()

    def open(self) -> None:
        """Open it, believing what its journal proves; with nothing to believe it starts empty."""
        state = JournalState()
        with contextlib.suppress(OSError):
            state = _read_journal(self._folder, self._journal_name)
        expected = {"path": self.file.path, "size": self.file.size, "digest": self.file.digest}
        self._fd = self._folder.own_file(self._name, os.O_RDWR | os.O_CREAT)
        size = os.fstat(self._fd).st_size
        if state.header == expected and state.verified == (size, os.fstat(self._fd).st_mtime_ns):
            self.verified = True
            self.present.add(0, size)
            self.hashed = size
        if state.header != expected or size > self.file.size:
            self._begin()
            return
        for start, end in state.trusted:
            self.present.add(start, min(end, size))
        doubts = [doubt for doubt in state.doubtful if doubt[1] <= size]
        for start, end, told in doubts:
            if _fingerprint(self._fd, start, end) == told:
                self.present.add(start, end)
        self._journal_fd = self._folder.own_file(self._journal_name, _JOURNAL)
        if state.doubtful:
            self._rewrite_journal()
        else:
            _write_all(self._journal_fd, journal_record("B " + boot_id()))

    def _begin(self) -> None:
        """Empty both files and write the journal's first line."""
        os.ftruncate(self._fd, 0)
        if self._journal_fd < 0:
            self._journal_fd = self._folder.own_file(self._journal_name, _JOURNAL)
        os.ftruncate(self._journal_fd, 0)
        first = journal_header(self.file.path, self.file.size, self.file.digest)
        _write_all(self._journal_fd, first + journal_record("B " + boot_id()))

    def _rewrite_journal(self) -> None:
        """After a crash: flush what was believed and start a journal that says only that."""
        os.fdatasync(self._fd)
        lines = [journal_header(self.file.path, self.file.size, self.file.digest)]
        lines.append(journal_record("B " + boot_id()))
        for start, end in self.present:
            for position in range(start, end, BLOCK):
                stop = min(position + BLOCK, end)
                lines.append(journal_record(f"W {position} {stop} {_fingerprint(self._fd, position, stop)}"))
        os.ftruncate(self._journal_fd, 0)
        _write_all(self._journal_fd, b"".join(lines))

    def start_over(self) -> None:
        """Forget every byte: the server sends them all again, or they were wrong."""
        with self._hash_lock, self.lock:
            self.present = Ranges()
            self.hashed = 0
            self._hash = new_hash(self.file)
            self._begin()

    def write(self, offset: int, block: memoryview) -> int:
        """Store bytes that arrived and record them; how many of them were not there before.

        :raises OSError: the disk is full or failing.
        """
        done = 0
        while done < len(block):
            done += os.pwrite(self._fd, block[done:], offset + done)
        end = offset + len(block)
        _write_all(self._journal_fd, journal_record(f"W {offset} {end} {fingerprint(block)}"))
        with self.lock:
            before = self.present.total()
            self.present.add(offset, end)
            new = self.present.total() - before
            self._unflushed += len(block)
            self.lock.notify_all()
        if _sync_file_range is not None and offset // _WRITEBACK_BYTES != end // _WRITEBACK_BYTES:
            start = max(0, end - _WRITEBACK_BYTES)
            _sync_file_range(self._fd, start, end - start, _SYNC_FILE_RANGE_WRITE)  # only a hint: it may fail
        if self.hashed == offset and self._hash_lock.acquire(blocking=False):
            # The bytes are at hand and next in line, so they need not be read back.
            try:
                if self.hashed == offset:
                    self._hash.update(block)
                    self.hashed = end
            finally:
                self._hash_lock.release()
        return new

    def hash_front(self, buffer: memoryview) -> bool:
        """Hash the next block that is there in order; false if there is none."""
        with self._hash_lock:
            with self.lock:
                length = min(self.present.front() - self.hashed, len(buffer))
            if length <= 0 or self._fd < 0:
                return False
            length = os.preadv(self._fd, [buffer[:length]], self.hashed)
            if length <= 0:
                raise OSError(f"{self.path} is shorter than its journal says")
            self._hash.update(buffer[:length])
            self.hashed += length
            return True

    def flush_due(self) -> bool:
        """Whether enough has been written since the last flush."""
        return self._unflushed >= FLUSH_BYTES and time.monotonic() - self._flushed >= FLUSH_SECONDS

    def flush(self) -> None:
        """Bring to the disk what was written so far: the bytes first, then the journal that vouches for them."""
        with self._flush_lock:
            self._unflushed = 0
            if self._fd >= 0:
                os.fdatasync(self._fd)
                os.fdatasync(self._journal_fd)
            self._flushed = time.monotonic()

    def complete(self) -> bool:
        """Whether every byte is there and hashed."""
        return self.verified or self.hashed == self.file.size

    def matches(self) -> bool:
        """Whether the hash of the complete content is what the Hub says."""
        return self.verified or f"{self.file.digest.kind}:{self._hash.hexdigest()}" == self.file.digest

    def seal(self) -> None:
        """Bring the verified content to the disk and record that it is verified.

        The modification time is set to a whole second, which every filesystem and every copy keeps exactly.
        """
        if not self.verified:
            seconds = int(time.time())
            os.utime(self._fd, (seconds, seconds))
            os.fsync(self._fd)
            self.verified = True

    def keep_for_later(self) -> None:
        """Close it as verified without giving it its name; the next run believes that."""
        self.seal()
        found = os.fstat(self._fd)
        _write_all(self._journal_fd, journal_record(f"V {found.st_size} {found.st_mtime_ns}"))
        os.fdatasync(self._journal_fd)
        self.close()

    def publish(self, into: Below) -> int:
        """Give the sealed content its name by one rename; its modification time in ns.

        :param into: the target folder.
        """
        *parents, name = self.file.path.parts
        mtime = self._folder.stat(self._name).st_mtime_ns
        with into.folder(parents, make=True) as target:
            self._folder.rename(self._name, target, name)
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self._folder.unlink(self._journal_name)
        return mtime

    def discard(self) -> None:
        """Remove both files: nothing of them is worth keeping."""
        self.close()
        for name in (self._name, self._journal_name):
            with contextlib.suppress(FileNotFoundError):
                self._folder.unlink(name)

    def close(self) -> None:
        """Close both files; what was recorded stays for the next run."""
        with self._hash_lock, self._flush_lock:
            for descriptor in (self._fd, self._journal_fd):
                if descriptor >= 0:
                    os.close(descriptor)
            self._fd = self._journal_fd = -1


def _fingerprint(descriptor: int, start: int, end: int) -> int:
    """Fingerprint of a range of an open file; -1 if it is shorter."""
    data = os.pread(descriptor, end - start, start)
    return fingerprint(memoryview(data)) if len(data) == end - start else -1


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
