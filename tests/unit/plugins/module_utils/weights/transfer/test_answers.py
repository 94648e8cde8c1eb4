# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer means, how long to wait, and what the Hub's errors are called."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights import errors as hub_errors
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import faults as hub_faults
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.answers import Verdict, judge
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import (
    DEFAULT_RATE_LIMIT_WAIT,
    RetryPolicy,
    rate_limit_wait,
)

SHA, OTHER = "a" * 64, "b" * 64
FILE = HubFile("w.bin", 1000, f"sha256:{SHA}")
RANGE = {"content-range": "bytes 100-199/1000"}
WHOLE = {"content-length": "1000"}


@pytest.mark.parametrize(
    ("status", "headers", "origin", "redirected", "verdict"),
    [
        (206, RANGE, {}, True, Verdict.BYTES),
        (206, {"content-range": "bytes 100-199/*"}, {}, True, Verdict.BYTES),
        (206, {"content-range": "bytes 0-99/1000"}, {}, True, Verdict.RETRY),
        (206, {"content-range": "bytes 100-199/2000"}, {}, True, Verdict.CHANGED),
        (206, {}, {}, True, Verdict.RETRY),
        (206, {**RANGE, "content-encoding": "gzip"}, {}, True, Verdict.RETRY),
        (206, RANGE, {"location": "x", "x-linked-etag": f'"{SHA}"', "x-linked-size": "1000"}, True, Verdict.BYTES),
        (206, RANGE, {"location": "x", "x-linked-etag": f'"{OTHER}"'}, True, Verdict.CHANGED),
        (206, RANGE, {"location": "x", "x-linked-size": "999"}, True, Verdict.CHANGED),
        (206, RANGE, {"location": "x", "etag": f'"{OTHER}"'}, True, Verdict.BYTES),
        (206, RANGE, {"etag": f'W/"{OTHER}"'}, False, Verdict.CHANGED),
        (206, RANGE, {"etag": '"d41d8cd98f00b204e9800998ecf8427e-3"'}, False, Verdict.BYTES),
        (200, WHOLE, {}, True, Verdict.WHOLE),
        (200, {}, {}, True, Verdict.WHOLE),
        (200, {"content-length": "999"}, {}, True, Verdict.CHANGED),
        (416, {}, {}, True, Verdict.CHANGED),
        (429, {}, {}, False, Verdict.LIMITED),
        (503, {"retry-after": "5"}, {}, True, Verdict.LIMITED),
        (503, {}, {}, True, Verdict.RETRY),
        (500, {}, {}, True, Verdict.RETRY),
        (408, {}, {}, True, Verdict.RETRY),
        (403, {}, {}, True, Verdict.EXPIRED),
        (400, {}, {}, True, Verdict.EXPIRED),
        (404, {}, {}, True, Verdict.EXPIRED),
        (403, {}, {}, False, Verdict.DENIED),
        (401, {}, {}, False, Verdict.DENIED),
        (404, {}, {}, False, Verdict.GONE),
        (400, {}, {}, False, Verdict.REFUSED),
    ],
)
def test_answers(
    status: int, headers: dict[str, str], origin: dict[str, str], redirected: bool, verdict: Verdict
) -> None:
    assert judge(status, headers, origin, FILE, 100, 200, redirected=redirected) is verdict


def test_the_whole_file_is_what_was_asked_for() -> None:
    assert judge(200, WHOLE, {}, FILE, 0, 1000, redirected=False) is Verdict.BYTES


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, 20),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0),
        ({"RateLimit": '"api";r=0;t=55'}, 56),
        ({"ratelimit": '"resolvers"; r=0; t=3', "ratelimit-policy": '"fixed window";"resolvers";q=3000;w=300'}, 4),
        ({"ratelimit": '"api";r=12;t=55'}, DEFAULT_RATE_LIMIT_WAIT),
        ({"retry-after": "soon"}, DEFAULT_RATE_LIMIT_WAIT),
        ({}, DEFAULT_RATE_LIMIT_WAIT),
    ],
)
def test_how_long_a_server_wants_us_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert rate_limit_wait(headers, now=100.0) == seconds


def test_backoff_doubles_up_to_a_minute_and_spreads() -> None:
    policy = RetryPolicy(delay=1.0)
    assert [policy.backoff(failures, 1.0) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert policy.backoff(1, 0.0) == 0.5
    assert policy.backoff(50, 1.0) == 60


def error(classes: str, status: int | None, **headers: str) -> dict[str, Any]:
    return {"classes": classes.split(), "status": status, "headers": headers, "message": "said"}


QUESTION = {"repo_id": "acme/x", "repo_type": "model", "revision": "main"}


@pytest.mark.parametrize(
    ("found", "kind", "passes", "word"),
    [
        (error("GatedRepoError RepositoryNotFoundError HfHubHTTPError", 403), "denied", False, "gated"),
        (error("RepositoryNotFoundError HfHubHTTPError", 401), "denied", False, "no such repository"),
        (error("RepositoryNotFoundError HfHubHTTPError", 404), "missing", False, "no such repository"),
        (error("RevisionNotFoundError HfHubHTTPError", 404), "missing", False, "no revision main"),
        (error("HfHubHTTPError", 403), "denied", False, "denied"),
        (error("HfHubHTTPError", 429), "rate_limited", True, "refuses further requests"),
        (error("HfHubHTTPError", 503), "network", True, "answered 503"),
        (error("ConnectionError OSError", None), "network", True, "cannot be asked"),
        (error("ConnectTimeout TimeoutException TransportError", None), "network", True, "cannot be asked"),
        (error("HFValidationError ValueError", None), "invalid", False, "not one of a repository"),
        (error("TypeError", None), "network", False, "cannot be asked"),
    ],
)
def test_the_hubs_errors(found: dict[str, Any], kind: str, passes: bool, word: str) -> None:
    explained = hub_errors.explain(found, QUESTION, "http://hub")
    assert (explained.kind, hub_errors.passes(found)) == (kind, passes)
    assert word in explained.what


def test_a_gated_file_says_what_to_do() -> None:
    refused = hub_faults.refused("acme/x: a", Verdict.DENIED, 403, {"x-error-code": "GatedRepo"}, "")
    assert "accept the repository's terms" in refused.todo
    assert refused.kind == "denied"
