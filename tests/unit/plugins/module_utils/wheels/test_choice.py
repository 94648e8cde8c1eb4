# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from what the places of a wheel answer."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice
from ansible_collections.portable.model_env.plugins.module_utils.wheels.choice import Look

MISS = Look(choice.NODE, choice.MISS)
DOWN = Look(choice.RELEASED, choice.FAILED, "the server answered 503")


def dicts(looks: list[Look]) -> list[dict[str, str]]:
    """As they stand in a result."""
    return [look.as_dict() for look in looks]


@pytest.mark.parametrize(
    ("policy", "before", "archs_missing", "result", "reason"),
    [
        ("auto", [MISS], False, "hit", ""),
        ("always", [MISS, DOWN], False, "hit", ""),
        ("auto", [MISS, DOWN], False, "refused", "it takes long, and released wheel may have the wheel but failed"),
        ("never", [MISS], False, "refused", "the spec says build: never"),
        ("never", [MISS, DOWN], True, "refused", "the spec says build: never"),
        ("auto", [MISS], True, "refused", 'the option `archs`: ["90"]'),
        ("always", [MISS], True, "refused", 'the option `archs`: ["90"]'),
    ],
)
def test_whether_it_may_be_compiled(
    policy: str, before: list[Look], archs_missing: bool, result: str, reason: str
) -> None:
    last = choice.build_look(policy, before, archs_missing, "x-1.0.whl")
    assert (last.source, last.result, last.wheel) == ("build", result, "x-1.0.whl")
    assert reason in last.reason if reason else last.reason == ""


@pytest.mark.parametrize(
    ("looks", "outcome"),
    [
        ([], "none"),
        ([MISS, DOWN], "none"),
        ([Look(choice.NODE, choice.HIT)], "ready"),
        ([MISS, Look(choice.FLEET, choice.HIT)], "fetch"),
        ([MISS, Look(choice.NAMED, choice.FAILED), Look(choice.RELEASED, choice.HIT)], "fetch"),
        ([MISS, Look(choice.BUILD, choice.HIT)], "build"),
        ([MISS, Look(choice.BUILD, choice.REFUSED)], "none"),
    ],
)
def test_what_follows(looks: list[Look], outcome: str) -> None:
    assert choice.outcome(looks) == outcome


def test_the_looks_in_words_leave_out_what_was_not_needed() -> None:
    looks = [MISS, DOWN, Look(choice.BUILD, choice.SKIPPED, "not needed")]
    assert choice.in_words(dicts(looks)) == "node wheelhouse: miss; released wheel: failed (the server answered 503)"


def test_the_looks_as_lines_stand_below_each_other() -> None:
    first, second = choice.lines(dicts([MISS, Look(choice.CONTROLLER, choice.HIT, "", "x.whl")]))
    assert first == "node wheelhouse     miss"
    assert second == "controller's cache  hit      x.whl"


@pytest.mark.parametrize(
    ("outcome", "looks", "hopeless"),
    [
        ("none", [MISS, Look(choice.BUILD, choice.REFUSED)], True),
        ("none", [MISS, DOWN, Look(choice.BUILD, choice.REFUSED)], False),
        ("build", [MISS, Look(choice.BUILD, choice.HIT)], False),
        ("fetch", [Look(choice.FLEET, choice.HIT)], False),
    ],
)
def test_a_search_is_hopeless_only_if_every_place_answered(outcome: str, looks: list[Look], hopeless: bool) -> None:
    error = choice.hopeless({"name": "x", "slug": "x-1.0", "outcome": outcome, "looks": dicts(looks)})
    assert (error is not None) is hopeless


@pytest.mark.parametrize(
    ("looks", "todo"),
    [
        ([MISS], "name a wheel with its sha256 in the spec, or allow a build"),
        ([Look(choice.FLEET, choice.FAILED)], "mend what failed and run again"),
        ([DOWN], "mend what failed and run again; where that server is out of reach for good, say released_url: none"),
    ],
)
def test_what_to_do_without_a_wheel(looks: list[Look], todo: str) -> None:
    error = choice.no_wheel("x", "x-1.0-cp311", dicts(looks), "the build host lost its disk")
    assert error.kind == "wheel"
    assert error.todo.startswith(todo)
    assert error.why.startswith("the build host lost its disk; ")
    assert error.details == {"slug": "x-1.0-cp311", "looks": dicts(looks)}
