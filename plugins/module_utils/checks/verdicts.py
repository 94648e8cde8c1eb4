# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a verification: verdicts, policies, and what a list of verdicts amounts to.

A verdict is a plain dict, because it travels through module results, receipts and templates::

    {"check": "torch_build", "verdict": "pass", "value": {...}, "reason": "", "seconds": 3.1}
"""

from __future__ import annotations

from typing import Any, Iterable

PASS = "pass"  # noqa: S105
FAIL = "fail"
WARN = "warn"
SKIP = "skip"

AUTO = "auto"
REQUIRED = "required"
OFF = "off"
POLICIES = (AUTO, REQUIRED, OFF)

Verdict = dict[str, Any]


def make(
    check: str, verdict: str, value: Any = None, reason: str = "", seconds: float = 0.0, cure: str = ""
) -> Verdict:
    """One verdict.

    :param check: the name of the check, e.g. ``import:diffusers``.
    :param verdict: PASS, FAIL, WARN (it works, and somebody should look) or SKIP.
    :param value: what was measured, as JSON-able data (None: nothing was measured).
    :param reason: why it is not a pass, or what a reader of a pass should know; one sentence, no closing stop.
    :param seconds: how long the check took.
    :param cure: what to do about it; the verdict has the key only where something is known.
    :raises ValueError: ``verdict`` is no verdict, or another one than a pass comes without a reason.
    """
    if verdict not in (PASS, FAIL, WARN, SKIP):
        raise ValueError(f"no verdict: {verdict!r}")
    if verdict != PASS and not reason:
        raise ValueError(f"a {verdict} of {check} needs a reason")
    found: Verdict = {
        "check": check, "verdict": verdict, "value": value, "reason": reason, "seconds": round(seconds, 3)
    }  # fmt: skip
    return {**found, "cure": cure} if cure else found


def by_policy(policy: str, verdict: Verdict, unmet: str = "") -> Verdict:
    """Turn a skip into a fail where the policy requires the thing that was skipped.

    :param policy: ``auto`` (a missing thing is a skip) or ``required`` (a fail); ``off`` is ``switched_off``.
    :param verdict: the verdict as measured.
    :param unmet: who requires it, put before the reason of a turned verdict, e.g. ``a GPU is required``.
    """
    if policy == REQUIRED and verdict["verdict"] == SKIP:
        reason = f"{unmet}, but {verdict['reason']}" if unmet else verdict["reason"]
        return {**verdict, "verdict": FAIL, "reason": reason}
    return verdict


def switched_off(check: str) -> Verdict:
    """The verdict of a check that the policy ``off`` forbids: it is not run."""
    return make(check, SKIP, None, "switched off by policy")


def overall(verdicts: Iterable[Verdict]) -> str:
    """FAIL if any of them is a fail, else PASS; warnings and skips do not count."""
    return FAIL if any(one["verdict"] == FAIL for one in verdicts) else PASS


def counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many of each: ``{"pass": 12, "fail": 0, "warn": 1, "skip": 2}``."""
    found = {PASS: 0, FAIL: 0, WARN: 0, SKIP: 0}
    for one in verdicts:
        found[one["verdict"]] += 1
    return found


def summary(verdicts: Iterable[Verdict]) -> str:
    """The counts in words, zeros left out: ``12 pass, 2 skip``; ``no checks`` for an empty list."""
    found = counts(verdicts)
    return ", ".join(f"{number} {word}" for word, number in found.items() if number) or "no checks"


def explain(verdicts: Iterable[Verdict], which: str = FAIL) -> list[str]:
    """One line, ``check: reason``, for each verdict of the kind ``which``."""
    return [f"{one['check']}: {one['reason']}" for one in verdicts if one["verdict"] == which]


def row(name: str, verdicts: list[Verdict], python: str = "", seconds: float | None = None) -> dict[str, Any]:
    """What a module returns for one environment, and what the end table shows of it.

    :param name: the environment.
    :param verdicts: all of its verdicts.
    :param python: path of the interpreter that was asked.
    :param seconds: wall-clock time; None: the sum over the checks.
    """
    return {
        "name": name,
        "python": python,
        "verdict": overall(verdicts),
        "summary": summary(verdicts),
        "failures": explain(verdicts, FAIL),
        "warnings": explain(verdicts, WARN),
        "skips": explain(verdicts, SKIP),
        "verdicts": verdicts,
        "seconds": round(sum(one["seconds"] for one in verdicts) if seconds is None else seconds, 3),
    }
