# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transfer is told, what it did, and the state of each file in it."""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.below import Below
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import PartialFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy

SEGMENT = 64 << 20
"""Bytes that one request asks for at most. Segments are handed out in order, so that the hash can follow closely."""


@dataclass(frozen=True)
class TransferOptions:
    """How to transfer.

    :ivar endpoint: the Hub's address; ``headers`` (with the token) go nowhere else.
    :ivar trust: how the network is reached.
    :ivar workers: streams at once.
    :ivar stall_timeout: seconds without a byte, or too slow, that make a connection dead.
    :ivar total_timeout: seconds for everything, for messages; 0: no limit.
    :ivar until: monotonic time at which they are over.
    """

    endpoint: str
    headers: Mapping[str, str]
    user_agent: str
    trust: Trust
    workers: int = 8
    stall_timeout: float = 30.0
    total_timeout: float = 0.0
    until: float = math.inf
    policy: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass
class TransferResult:
    """What a transfer did.

    :ivar received: bytes that came over the network into files.
    :ivar refetched: bytes of them that had come before and had to come again.
    :ivar faults: what went wrong on the way and healed or not, counted.
    :ivar errors: why, for each file that was given up.
    """

    received: int = 0
    refetched: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    errors: list[ModelEnvError] = field(default_factory=list)

    def add(self, other: TransferResult) -> None:
        """Count what another transfer of the same call did."""
        self.received += other.received
        self.refetched += other.refetched
        self.requests += other.requests
        self.faults.update(other.faults)


@dataclass(frozen=True)
class Job:
    """One file to fetch.

    :ivar repo: index of its repository in the call.
    :ivar where: ``owner/name: path``, for messages.
    :ivar file: what the Hub lists.
    :ivar url: the Hub's address of the file at its commit.
    :ivar folder: the target folder, open.
    :ivar partials: folder of the partial file, open, on the filesystem of ``folder``.
    :ivar replaces: another version is there under the final path, and stays until the whole repository is verified.
    """

    repo: int
    where: str
    file: HubFile
    url: str
    folder: Below
    partials: Below
    replaces: bool = False


@dataclass(eq=False)
class Progress:
    """One file in the works; everything but ``partial`` is guarded by the transfer's lock.

    :ivar missing: ranges that nobody fetches yet.
    :ivar streams: how many are being fetched.
    :ivar generation: raised when the file starts over, so that streams of before stop.
    :ivar single: the server ignores ranges: one stream from the start, and no other.
    :ivar location: where the bytes are, once the Hub has said it; "" means ask the Hub.
    :ivar failures: in a row, without a new byte between them.
    :ivar not_before: monotonic time before which nothing is to be tried.
    """

    job: Job
    partial: PartialFile
    missing: Ranges = field(default_factory=Ranges)
    opened: bool = False
    streams: int = 0
    generation: int = 0
    single: bool = False
    location: str = ""
    asking: threading.Lock = field(default_factory=threading.Lock)
    failures: int = 0
    limited: int = 0
    corrupt: int = 0
    not_before: float = 0.0
    error: ModelEnvError | None = None

    def segment(self) -> tuple[int, int] | None:
        """The next piece for a stream; None if there is nothing to hand out."""
        if self.single:
            return (0, self.job.file.size) if self.streams == 0 and self.missing else None
        return self.missing.first(SEGMENT)

    def start_over(self, *, single: bool) -> int:
        """Forget all bytes; how many those were."""
        lost = self.partial.present.total()
        self.generation += 1
        self.single = self.single or single
        self.partial.start_over()
        self.missing = Ranges([(0, self.job.file.size)])
        return lost
