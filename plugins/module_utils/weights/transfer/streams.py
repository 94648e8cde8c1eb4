# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches many files at once, several ranges of a large one, and gives each its name when its hash is right.

One pool of streams (threads) takes segments in the order of the jobs, so large files are worked on by all of them and
small ones by one each. Everything a stream receives is on record before it asks for more (``partial.py``). A
failure returns what is missing of a segment to its file; when and whether it is tried again is ``tries.py``.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Callable, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.network.http import Fetcher, FetchError, Response
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import faults
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    Job,
    Progress,
    TransferOptions,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import BLOCK, PartialFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.responses import Reaction, reaction_to
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.tries import GivenUp, Tries, Waiting

_MOST_OPEN = 128
"""Files that are worked on at once. Each has two descriptors, and waits with them open after a failure; a process may
have 1,024."""


class Transfer:
    """One run over a list of jobs.

    :param jobs: files, in the order in which they are wanted; each is asked for once its turn comes.
    :param on_named: called with (job, mtime in ns) when a file has got its name; from any stream, one at a time.
    """

    def __init__(self, jobs: Sequence[Job], options: TransferOptions, on_named: Callable[[Job, int], None]) -> None:
        self.result = TransferResult()
        self.total = sum(job.file.size for job in jobs)
        self.present = 0
        self.named = 0
        self._options = options
        self._on_named = on_named
        self._jobs = jobs
        self._next = 0  # of them
        self._todo: list[Progress] = []  # begun and not ended
        self._verified: list[Job] = []  # without their names yet
        self._unfinished: set[int] = set()  # repositories of which a file has failed
        self._change = threading.Condition()
        self._stop = threading.Event()
        self._tries = Tries(self._change, self.result, options.policy)
        self._fetchers: list[Fetcher] = []
        self._ended: ModelEnvError | None = None
        self._crash: Exception | None = None

    def run(self, tick: Callable[[], None]) -> TransferResult:
        """Work until every job is done or given up.

        :param tick: called about every second from this thread; what it raises ends the transfer.
        :raises ModelEnvError: the transfer ended early; what came is on record. Files that were given up are no error
            of the transfer: they are in its result.
        """
        threads = [threading.Thread(target=self._helper, args=(self._hash_once, 0.01), name="hash", daemon=True)]
        threads.append(threading.Thread(target=self._helper, args=(self._flush_once, 0.2), name="flush", daemon=True))
        for number in range(min(self._options.workers, max(1, len(self._jobs) * 8))):
            threads.append(threading.Thread(target=self._stream, name=f"stream-{number}", daemon=True))
        for thread in threads:
            thread.start()
        try:
            while True:
                with self._change:
                    if self._over():
                        break
                    self._change.wait(1.0)
                tick()
                if time.monotonic() > self._options.until:
                    self._end(faults.total_timeout(self._options.total_timeout))
        except ModelEnvError as error:
            self._end(error)
        finally:
            self._stop.set()
            with self._change:
                self._change.notify_all()
            for fetcher in self._fetchers:
                fetcher.abort()
            for thread in threads:
                thread.join()
            self._put_away()
        if self._crash is not None:
            raise self._crash
        if self._ended is not None:
            raise self._ended
        return self.result

    def _put_away(self) -> None:
        """Close what is unfinished. Files that replace others get their names if their whole repository is verified."""
        unfinished = self._unfinished | {progress.job.repo for progress in self._todo}
        unfinished.update(self._jobs[number].repo for number in range(self._next, len(self._jobs)))
        for job in self._verified:
            if job.repo not in unfinished:
                self._name(job, PartialFile(job.partials, job.file))
        for progress in self._todo:
            if progress.opened:
                _close(progress.partial)

    def _over(self) -> bool:
        return self._stop.is_set() or not (self._todo or self._waiting())

    def _waiting(self) -> bool:
        return self._next < len(self._jobs)

    def _end(self, error: ModelEnvError) -> None:
        with self._change:
            if self._ended is None:
                self._ended = error
            self._stop.set()
            self._change.notify_all()

    # ---- the helpers: hash what lies in order, flush what was written

    def _helper(self, once: Callable[[memoryview], bool], pause: float) -> None:
        buffer = memoryview(bytearray(BLOCK))
        while not self._stop.is_set():
            try:
                busy = once(buffer)
            except OSError as error:
                self._end(faults.disk(error, "the target folder"))
                return
            if not busy:
                self._stop.wait(pause)

    def _active(self) -> list[Progress]:
        with self._change:
            return [progress for progress in self._todo if progress.opened and progress.streams]

    def _hash_once(self, buffer: memoryview) -> bool:
        return sum(progress.partial.hash_front(buffer) for progress in self._active()) > 0

    def _flush_once(self, _buffer: memoryview) -> bool:
        due = [progress for progress in self._active() if progress.partial.flush_due()]
        for progress in due:
            progress.partial.flush()
        return bool(due)

    # ---- the streams

    def _stream(self) -> None:
        options = self._options
        fetcher = Fetcher(options.headers, options.endpoint, options.trust, options.stall_timeout, options.user_agent)
        with self._change:
            self._fetchers.append(fetcher)
        buffer = memoryview(bytearray(BLOCK))
        try:
            while True:
                taken = self._take()
                if taken is None:
                    return
                progress, piece, generation = taken
                try:
                    self._work(fetcher, progress, piece, generation, buffer)
                except OSError as error:
                    self._end(faults.disk(error, progress.job.where))
        except Exception as error:  # a mistake of ours must end the run, not leave it waiting for this stream
            with self._change:
                self._crash = error
                self._stop.set()
                self._change.notify_all()
        finally:
            fetcher.close()

    def _take(self) -> tuple[Progress, tuple[int, int], int] | None:
        """The next piece of work, waiting for it; None when there will be none."""
        while True:
            to_open: Progress | None = None
            with self._change:
                while to_open is None:
                    if self._over():
                        return None
                    now, wait = time.monotonic(), 1.0
                    for progress in self._todo:
                        if not progress.opened:  # another stream is about to
                            continue
                        until = max(progress.not_before, 0.0 if progress.location else self._tries.hub_rests_until)
                        piece = progress.segment()
                        if piece is None:
                            continue
                        if until > now:
                            wait = min(wait, until - now)
                            continue
                        progress.missing.remove(*piece)
                        progress.streams += 1
                        return progress, piece, progress.generation
                    # One that has not begun has to ask the Hub first.
                    resting = self._tries.hub_rests_until - now
                    if self._waiting() and len(self._todo) < _MOST_OPEN and resting <= 0:
                        job = self._jobs[self._next]
                        self._next += 1
                        to_open = Progress(job, PartialFile(job.partials, job.file))
                        self._todo.append(to_open)
                    else:
                        self._change.wait(min(wait, resting) if self._waiting() and resting > 0 else wait)
            self._open(to_open)

    def _open(self, progress: Progress) -> None:
        partial = progress.partial
        try:
            partial.open()
            there = partial.present.total()
            with self._change:
                self.present += there
                progress.missing = partial.present.missing(progress.job.file.size)
                progress.streams += 1  # keeps the file ours while it may already be complete
                progress.opened = True
            self._after_piece(progress)
        except OSError as error:
            self._end(faults.disk(error, progress.job.where))

    def _work(
        self, fetcher: Fetcher, progress: Progress, piece: tuple[int, int], generation: int, buffer: memoryview
    ) -> None:
        """Fetch one piece. What did not arrive is handed out again."""
        position, end = piece
        answer: Response | None = None
        try:
            answer, position, end, generation = self._ask(fetcher, progress, position, end, generation)
            while position < end:
                length = answer.readinto(buffer[: min(BLOCK, end - position)])
                if self._stop.is_set() or generation != progress.generation:
                    break
                if length == 0:
                    raise FetchError("the connection was closed before the end")
                new = progress.partial.write(position, buffer[:length])
                position += length
                with self._change:
                    self.result.received += length
                    self.result.refetched += length - new
                    self.present += new
                    progress.failures = progress.failures if progress.single else 0
            if position < end:
                answer.abandon()
            else:
                answer.finish()
        except FetchError as error:
            self._tries.failed(progress, str(error))
        except Waiting:
            pass
        except GivenUp as given:
            self._tries.give_up(progress, given.error)
        finally:
            with self._change:
                if generation == progress.generation:
                    progress.missing.add(position, end)
        self._after_piece(progress)

    def _ask(
        self, fetcher: Fetcher, progress: Progress, start: int, end: int, generation: int
    ) -> tuple[Response, int, int, int]:
        """Get a response whose bytes belong to this file. One stream asks the Hub; the others use the address it gave.

        :returns: the response, the range that it brings, and the generation that it belongs to.
        """
        with contextlib.ExitStack() as stack:
            if not progress.location:
                stack.enter_context(progress.asking)
            location = progress.location
            size, file = progress.job.file.size, progress.job.file
            with self._change:
                self.result.requests += 1
            answer = fetcher.get(location or progress.job.url, start, end, size)
            redirected = bool(location and location != progress.job.url) or answer.url != progress.job.url
            origin = {} if location and location != progress.job.url else answer.origin
            reaction = reaction_to(answer.status, answer.headers, origin, file, start, end, redirected=redirected)
            if reaction is Reaction.BYTES:
                progress.location = answer.url
                return answer, start, end, generation
            if reaction is Reaction.WHOLE:
                progress.location = answer.url
                return self._start_over_with(answer, progress, generation)
        said = answer.text() if answer.status >= 400 else ""
        answer.abandon()
        self._tries.refused(progress, reaction, answer, location, said)
        raise Waiting

    def _start_over_with(self, answer: Response, progress: Progress, generation: int) -> tuple[Response, int, int, int]:
        """The server ignores ranges: this response brings the whole file, so it becomes the only stream."""
        with self._change:
            if generation != progress.generation or progress.single:
                answer.abandon()
                raise Waiting
            self.result.faults["range ignored"] += 1
            lost = progress.start_over(single=True)
            self.result.refetched += lost
            self.present -= lost
            progress.missing = Ranges()
            return answer, 0, progress.job.file.size, progress.generation

    def _after_piece(self, progress: Progress) -> None:
        """After the last stream of a file: hash the rest, and give the file its name."""
        with self._change:
            last = progress.streams == 1 and not progress.missing and not self._stop.is_set()
            if not last:
                progress.streams -= 1
                self._change.notify_all()
                return
        if progress.error is None:
            buffer = memoryview(bytearray(BLOCK)) if not progress.partial.complete() else memoryview(b"")
            while not progress.partial.complete() and not self._stop.is_set():
                if not progress.partial.hash_front(buffer) and not progress.partial.complete():
                    with self._change:  # a hole that no stream was left to fill
                        progress.missing = progress.partial.present.missing(progress.job.file.size)
                        progress.streams -= 1
                        self._change.notify_all()
                    return
            if progress.partial.complete() and not self._verify(progress):
                return
        with self._change:
            progress.streams -= 1
            if progress.error is None and not progress.partial.complete():
                return  # stopped while hashing: the bytes are on record
            self._todo.remove(progress)
            if progress.error is not None:
                _close(progress.partial)
                self._unfinished.add(progress.job.repo)
            elif progress.job.replaces:
                self._verified.append(progress.job)
            self._change.notify_all()

    def _verify(self, progress: Progress) -> bool:
        """Compare the hash; a right one names the file, a wrong one starts it over (false) or gives it up."""
        if progress.partial.matches():
            progress.partial.seal()
            if progress.job.replaces:
                progress.partial.keep_for_later()
            else:
                self._name(progress.job, progress.partial)
            return True
        with self._change:
            progress.corrupt += 1
            self.result.faults["wrong content"] += 1
            lost = progress.start_over(single=False)
            self.present -= lost
            if progress.corrupt <= self._options.policy.corrupt_retries:
                self.result.refetched += lost
                progress.location = ""
                progress.streams -= 1
                self._change.notify_all()
                return False
        self._tries.give_up(progress, faults.corrupt(progress.job.where, progress.corrupt))
        progress.partial.discard()
        return True

    def _name(self, job: Job, partial: PartialFile) -> None:
        mtime = partial.publish(job.folder)
        with self._change:
            self.named += 1
            self._on_named(job, mtime)


def _close(partial: PartialFile) -> None:
    with contextlib.suppress(OSError):
        partial.flush()
    partial.close()
