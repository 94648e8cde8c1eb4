# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a file after a failure."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.below import open_folder
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.network.http import Response
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import faults
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    Job,
    Progress,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import PartialFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.responses import Reaction
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.tries import GivenUp, Tries
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

FILE = hub_file("a", 100, "a")
CDN = "http://cdn/signed"


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    folder = open_folder(str(tmp_path), Owners())
    job = Job(0, "acme/x: a", FILE, "http://hub/a", folder, folder)
    return Progress(job, PartialFile(job.partials, FILE), missing=Ranges([(0, 100)]), location=CDN)


@pytest.fixture
def result() -> TransferResult:
    return TransferResult()


@pytest.fixture
def tries(result: TransferResult) -> Tries:
    return Tries(threading.Condition(), result, RetryPolicy(retries=2, delay=1000.0, longest_wait=500.0))


def response(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(CDN, status, named, {}, None, None, ("", ""))  # type: ignore[arg-type]


def test_a_failure_makes_a_file_wait_until_it_is_given_up(
    tries: Tries, progress: Progress, result: TransferResult
) -> None:
    for failures in (1, 2):
        tries.failed(progress, "HTTP 503")
        assert (progress.failures, progress.error) == (failures, None)
        assert progress.not_before > time.monotonic()
    generation = progress.generation
    tries.failed(progress, "HTTP 503")
    assert progress.error is not None and result.errors == [progress.error]
    assert (progress.generation, bool(progress.missing)) == (generation + 1, False)
    assert result.faults == {"HTTP 503": 3}
    tries.give_up(progress, faults.corrupt("acme/x: a", 1))
    assert len(result.errors) == 1


def test_an_address_that_expired_is_asked_for_anew_at_once(tries: Tries, progress: Progress) -> None:
    tries.refused(progress, Reaction.EXPIRED, response(403), CDN, "")
    assert (progress.location, progress.not_before, progress.failures) == ("", 0.0, 1)


def test_an_address_that_another_stream_has_renewed_stays(tries: Tries, progress: Progress) -> None:
    tries.refused(progress, Reaction.EXPIRED, response(403), "http://cdn/older", "")
    assert progress.location == CDN


def test_a_server_that_asks_for_a_pause_gets_it(tries: Tries, progress: Progress, result: TransferResult) -> None:
    tries.refused(progress, Reaction.LIMITED, response(429, retry_after="400"), CDN, "")
    assert progress.not_before > time.monotonic() and tries.hub_rests_until == 0.0
    progress.location = ""
    tries.refused(progress, Reaction.LIMITED, response(429, retry_after="400"), "", "")
    assert tries.hub_rests_until > time.monotonic()  # all files wait, since the Hub asked for it
    assert (progress.failures, result.faults) == (0, {"rate limited": 2})
    with pytest.raises(GivenUp) as caught:
        tries.refused(progress, Reaction.LIMITED, response(429, retry_after="501"), "", "")
    assert caught.value.error.kind == "rate_limited"


def test_a_pause_that_makes_no_sense_is_a_failure(tries: Tries, progress: Progress, result: TransferResult) -> None:
    for _time in range(3):
        tries.refused(progress, Reaction.LIMITED, response(429, retry_after="\u00b2"), CDN, "")
    fault = "cdn answered 429 with the header Retry-After: '\u00b2'"
    assert result.faults == {fault: 3}
    assert progress.error is not None and fault in progress.error.what


def test_other_content_is_believed_sooner_than_a_fault_of_the_network(tries: Tries, progress: Progress) -> None:
    tries = Tries(threading.Condition(), TransferResult(), RetryPolicy(retries=8))
    for _time in range(2):
        tries.refused(progress, Reaction.CHANGED, response(200), CDN, "")
    assert progress.error is None
    tries.refused(progress, Reaction.CHANGED, response(200), "", "")
    assert progress.error is not None and progress.error.kind == "changed"


@pytest.mark.parametrize(("reaction", "kind"), [(Reaction.DENIED, "denied"), (Reaction.GONE, "missing")])
def test_a_refusal_is_the_end(tries: Tries, progress: Progress, reaction: Reaction, kind: str) -> None:
    with pytest.raises(GivenUp) as caught:
        tries.refused(progress, reaction, response(403), "", "said")
    assert caught.value.error.kind == kind
