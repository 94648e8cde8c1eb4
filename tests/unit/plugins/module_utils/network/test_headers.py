# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of headers, whatever a server writes there."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.portable.model_env.plugins.module_utils.network import headers


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ ([+-]\d+|GMT)"))
def test_no_value_ends_a_run(text: str) -> None:
    for read in (headers.number, headers.moment, headers.next_page):
        read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), (" 17\t", 17), ("²", None), ("٣", None), ("-1", None), ("1.5", None), ("9" * 19, None), ("", None)],
)
def test_numbers(text: str, value: int | None) -> None:
    assert headers.number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Thu, 01 Jan 1970 00:02:00 GMT", 120.0),
        ("soon", None),
        ("Thu, 99 Jan 2026 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 +99999999", None),
    ],
)
def test_dates(text: str, value: float | None) -> None:
    assert headers.moment(text) == value


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<https://hub/a?cursor=x>; rel="next"', "https://hub/a?cursor=x"),
        ('<https://hub/a?b=1,2>; rel="prev", </c?d=3,4>; title="e"; rel=next', "/c?d=3,4"),
        ('<https://hub/a>; rel="last next"', "https://hub/a"),
        ('<https://hub/a>; rel="nextish"', ""),
        ('https://hub/a; rel="next"', ""),
        ("", ""),
    ],
)
def test_the_next_page(link: str, address: str) -> None:
    assert headers.next_page(link) == address
