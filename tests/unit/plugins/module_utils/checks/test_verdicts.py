# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts, policies and what a list of them amounts to."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import make

PASS, FAIL, SKIP = make("a", "pass"), make("b", "fail", reason="broken"), make("c", "skip", reason="no GPU")


@pytest.mark.parametrize(
    ("found", "overall", "summary"),
    [
        ([], "pass", "no checks"),
        ([PASS, PASS], "pass", "2 pass"),
        ([PASS, SKIP], "pass", "1 pass, 1 skip"),
        ([SKIP], "pass", "1 skip"),
        ([make("d", "warn", reason="look"), PASS], "pass", "1 pass, 1 warn"),
        ([SKIP, FAIL, PASS, PASS], "fail", "2 pass, 1 fail, 1 skip"),
    ],
)
def test_overall_and_summary(found: list[verdicts.Verdict], overall: str, summary: str) -> None:
    assert verdicts.overall(found) == overall
    assert verdicts.summary(found) == summary


@pytest.mark.parametrize(
    ("policy", "before", "after"),
    [
        ("auto", PASS, "pass"),
        ("auto", SKIP, "skip"),
        ("auto", FAIL, "fail"),
        ("required", PASS, "pass"),
        ("required", SKIP, "fail"),
        ("required", FAIL, "fail"),
    ],
)
def test_policies(policy: str, before: verdicts.Verdict, after: str) -> None:
    assert verdicts.by_policy(policy, before)["verdict"] == after


def test_what_is_switched_off_is_a_skip() -> None:
    found = verdicts.switched_off("nccl")
    assert (found["check"], found["verdict"], found["reason"]) == ("nccl", "skip", "switched off by policy")


def test_a_turned_verdict_says_who_requires_it_and_why_it_is_missing() -> None:
    assert verdicts.by_policy("required", SKIP, "a GPU is required")["reason"] == "a GPU is required, but no GPU"


def test_a_verdict_has_a_cure_only_where_something_is_known() -> None:
    assert make("x", "fail", reason="full", cure="free space")["cure"] == "free space"
    assert "cure" not in make("x", "fail", reason="full")


@pytest.mark.parametrize("word", ["fail", "warn", "skip"])
def test_nothing_but_a_pass_goes_without_a_reason(word: str) -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        make("x", word)


def test_an_unknown_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="no verdict"):
        make("x", "ok")


def test_row_holds_what_a_table_shows() -> None:
    row = verdicts.row("svd", [PASS, FAIL, SKIP], "/r/envs/svd/bin/python", 1.23456)
    assert row == {
        "name": "svd",
        "python": "/r/envs/svd/bin/python",
        "verdict": "fail",
        "summary": "1 pass, 1 fail, 1 skip",
        "failures": ["b: broken"],
        "warnings": [],
        "skips": ["c: no GPU"],
        "verdicts": [PASS, FAIL, SKIP],
        "seconds": 1.235,
    }
