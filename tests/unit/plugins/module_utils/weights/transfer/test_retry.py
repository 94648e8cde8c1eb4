# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a server is asked again."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import (
    DEFAULT_RATE_LIMIT_WAIT,
    RetryPolicy,
    rate_limit_wait,
)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, 20),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0),
        ({"RateLimit": '"api";r=0;t=55'}, 56),
        ({"ratelimit": '"resolvers"; r=0; t=3', "ratelimit-policy": '"fixed window";"resolvers";q=3000;w=300'}, 4),
        ({"ratelimit": '"api";r=12;t=55'}, DEFAULT_RATE_LIMIT_WAIT),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "Mon, 99 Jan 0000 99:99:99 -9999"}, None),
        ({"ratelimit": f'"api";r=0;t={"9" * 5000}'}, DEFAULT_RATE_LIMIT_WAIT),
        ({}, DEFAULT_RATE_LIMIT_WAIT),
    ],
)
def test_how_long_a_server_wants_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert rate_limit_wait(headers, now=100.0) == seconds


def test_backoff_doubles_up_to_a_minute_and_spreads() -> None:
    policy = RetryPolicy(delay=1.0)
    assert [policy.backoff(failures, 1.0) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert policy.backoff(1, 0.0) == 0.5
    assert policy.backoff(50, 1.0) == 60
