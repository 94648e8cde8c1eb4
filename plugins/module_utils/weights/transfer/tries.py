# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides what happens to a file after a failure: when it is tried again, or that it is given up."""

from __future__ import annotations

import random
import threading
import time
from urllib.parse import urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import shown
from ansible_collections.portable.model_env.plugins.module_utils.network.http import Response
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import faults
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import Progress, TransferResult
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.responses import Reaction
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import (
    RetryPolicy,
    rate_limit_wait,
)

_MOST_LIMITS = 100


class Waiting(Exception):
    """No bytes came, and what happens next is recorded already."""


class GivenUp(Exception):
    """A file can never be fetched; ``error`` says why."""

    def __init__(self, error: ModelEnvError) -> None:
        super().__init__(error.what)
        self.error = error


class Tries:
    """Counts failures, and says when a file may be tried again. The rules are in ``weights/transfer/retry.py``.

    :param change: lock of everything that the streams share.
    :param result: where faults and errors are recorded.
    :ivar hub_rests_until: monotonic time until which the Hub itself must not be asked.
    """

    def __init__(self, change: threading.Condition, result: TransferResult, policy: RetryPolicy) -> None:
        self._change = change
        self._result = result
        self._policy = policy
        self.hub_rests_until = 0.0

    def refused(self, progress: Progress, reaction: Reaction, response: Response, asked: str, said: str) -> None:
        """Decide what a response without bytes means for the file.

        :raises GivenUp: it can never be fetched.
        """
        where, status = progress.job.where, response.status
        if reaction is Reaction.EXPIRED:
            with self._change:
                if progress.location == asked:  # else another stream has already got a fresh one
                    progress.location = ""
            self.failed(progress, f"the redirect's address is not valid any more (HTTP {status})", quick=True)
        elif reaction is Reaction.LIMITED:
            seconds = rate_limit_wait(response.headers, time.time())
            if seconds is None:
                self.failed(progress, _senseless(response, "Retry-After"))
            else:
                self._rest(progress, seconds)
        elif reaction is Reaction.RETRY:
            self.failed(progress, f"HTTP {status}" if status != 206 else _senseless(response, "Content-Range"))
        elif reaction is Reaction.CHANGED:
            with self._change:
                progress.location = ""
            self.failed(progress, faults.CHANGED)
        else:
            raise GivenUp(faults.refused(where, reaction, status, response.headers, said))

    def _rest(self, progress: Progress, seconds: float) -> None:
        """Wait as long as the server asked. That is no failure, but it cannot go on for ever."""
        if seconds > self._policy.longest_wait or progress.limited >= _MOST_LIMITS:
            raise GivenUp(faults.rate_limited(progress.job.where, seconds))
        with self._change:
            self._result.faults["rate limited"] += 1
            progress.limited += 1
            until = time.monotonic() + seconds
            if progress.location and progress.location != progress.job.url:
                progress.not_before = until
            else:
                self.hub_rests_until = max(self.hub_rests_until, until)

    def failed(self, progress: Progress, fault: str, *, quick: bool = False) -> None:
        """Note a failure; the file is tried again after a pause (``quick``: the first time at once), or given up."""
        with self._change:
            self._result.faults[fault] += 1
            progress.failures += 1
            retries = self._policy.retries
            again = progress.failures <= (min(2, retries) if fault == faults.CHANGED else retries)
            if again and not (quick and progress.failures == 1):
                pause = self._policy.backoff(progress.failures, random.random())  # noqa: S311
                progress.not_before = time.monotonic() + pause
            failures = progress.failures
        if not again:
            self.give_up(progress, faults.given_up(progress.job.where, fault, failures))

    def give_up(self, progress: Progress, error: ModelEnvError) -> None:
        """Note that a file ends with an error; nothing more is asked for it."""
        with self._change:
            if progress.error is None:
                progress.error = error
                self._result.errors.append(error)
            progress.generation += 1
            progress.missing = Ranges()


def _senseless(response: Response, name: str) -> str:
    """The fault of an answer by a header that does not say what it should."""
    host, value = urlsplit(response.url).hostname, response.headers.get(name.lower(), "")
    return f"{host} answered {response.status} with the header {name}: {shown(value, 60)}"
