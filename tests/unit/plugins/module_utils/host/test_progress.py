# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of progress, as the operator sees them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import progress

GIB = 1 << 30


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ({}, ""),
        ({"phase": ""}, ""),
        ({"phase": "asking the Hub"}, "asking the Hub"),
        ({"phase": "building", "done": 3, "total": 12, "unit": "steps"}, "building, 3 of 12 steps"),
        ({"phase": "counting", "done": 3, "unit": "files"}, "counting, 3 files"),
        (
            {
                "phase": "fetching",
                "done": 3 * GIB,
                "total": 27 * GIB,
                "unit": "bytes",
                "rate": 400 * 2**20,
                "detail": "1 of 9 files",
            },
            "fetching, 3.0 GiB of 27.0 GiB (11%), 400 MiB/s, 1 min 1 s left, 1 of 9 files",
        ),
        (
            {"phase": "fetching", "done": 5, "total": 5, "unit": "bytes", "rate": 10},
            "fetching, 5 B of 5 B (100%), 10 B/s",
        ),
        (
            {"phase": "compiling", "done": 1, "total": 73, "unit": "steps", "rate": 0.5},
            "compiling, 1 of 73 steps, 0.5 steps/s, 2 min 24 s left",
        ),
    ],
)
def test_line(status: dict[str, Any], line: str) -> None:
    assert progress.line(status) == line


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ({"phase": "a\x1b[2J\nok: [n1]", "detail": "\u202ekcab\x9b"}, "a\\x1b[2J\\nok: [n1], \\u202ekcab\\x9b"),
        ({"phase": ["x"], "done": "many", "total": {}, "rate": "fast", "unit": None}, "['x']"),
        ({"phase": "x", "done": float("nan"), "rate": float("inf"), "total": -1}, "x"),
        ({"phase": "x", "done": 1, "total": 10**400}, "x, 1"),
        ({"phase": "x" * 1000}, "x" * 200),
    ],
)
def test_a_status_that_lies_is_a_line_all_the_same(status: dict[str, Any], line: str) -> None:
    assert progress.line(status) == line


def test_how_long_a_step_takes_is_said_where_nothing_says_how_long_it_will() -> None:
    proving = {"phase": "building svd, step 4 of 4", "detail": "proving that it works"}
    assert progress.line(proving, 65) == "building svd, step 4 of 4, proving that it works, for 1 min 5 s"
    assert progress.line(proving, 0.4) == "building svd, step 4 of 4, proving that it works"
    fetching = {"phase": "fetching", "done": 1, "total": 5, "unit": "files", "rate": 1}
    assert progress.line(fetching, 65) == "fetching, 1 of 5 files, 1.0 files/s, 4 s left"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599.7, "1 h 0 min"), (7800, "2 h 10 min")]
)
def test_seconds(seconds: float, text: str) -> None:
    assert progress.human_seconds(seconds) == text


def test_the_rate_is_of_the_last_seconds() -> None:
    meter = progress.RateMeter(window=10)
    assert meter.sample(0, 0) == 0
    assert meter.sample(1, 100) == 100
    for second in range(2, 40):
        rate = meter.sample(second, 100)
    assert rate == 0
