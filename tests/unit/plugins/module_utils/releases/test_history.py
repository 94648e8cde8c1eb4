# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was active before, and which old release goes first."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases import history


@pytest.mark.parametrize(
    ("before", "switches", "expected"),
    [
        ([], [(None, "a")], ["a"]),
        (["a"], [("a", "b")], ["a", "b"]),
        (["a", "b", "c"], [("c", "b")], ["a", "b"]),
        (["a", "b", "c"], [("c", "b"), ("b", "a")], ["a"]),
        (["a", "b", "c"], [("c", "b"), ("b", "d")], ["a", "b", "d"]),
        (["a", "b"], [("x", "c")], ["a", "b", "x", "c"]),
        (["a", "b"], [("b", "b")], ["a", "b"]),
        ([], [("a", "b")], ["a", "b"]),
    ],
    ids=["first", "forward", "back", "back twice", "back and elsewhere", "by hand between", "the same", "no record"],
)
def test_a_switch_is_remembered_and_going_back_forgets(
    before: list[str], switches: list[tuple[str | None, str]], expected: list[str]
) -> None:
    for source, target in switches:
        before = history.switched(before, source, target)
    assert before == expected


def test_only_so_many_are_remembered() -> None:
    path: list[str] = []
    for number in range(30):
        path = history.switched(path, path[-1] if path else None, str(number))
    assert path == [str(number) for number in range(30 - history.REMEMBERED, 30)]


@pytest.mark.parametrize(
    ("known", "active", "built", "expected"),
    [
        (["a", "b", "c"], "c", {"a": 1.0, "b": 2.0, "c": 3.0}, "b"),
        (["a", "b", "c"], "c", {"a": 1.0, "c": 3.0}, "a"),
        (["a", "b", "c"], "c", {"c": 3.0, "prepared": 4.0}, None),
        (["a", "b", "c"], "b", {"a": 1.0, "b": 2.0, "c": 3.0}, "a"),
        ([], "c", {"a": 1.0, "b": 2.0, "c": 3.0}, "b"),
        ([], None, {"a": 1.0}, "a"),
        ([], "a", {"a": 1.0}, None),
    ],
    ids=["before", "pruned between", "all pruned", "in the middle", "no record", "nothing active", "the only one"],
)
def test_previous(known: list[str], active: str | None, built: dict[str, float], expected: str | None) -> None:
    assert history.previous(known, active, built) == expected


@pytest.mark.parametrize(
    ("keep", "known", "pinned", "gone"),
    [
        (0, [], (), ["old", "older"]),
        (1, [], (), ["old"]),
        (5, [], (), []),
        (1, ["older", "active"], (), ["old"]),
        (1, ["old", "active"], (), ["older"]),
        (0, ["old", "active"], ("older",), ["old"]),
        (1, [], ("old",), []),
    ],
    ids=["none", "one", "more", "as built", "by activation", "pinned", "pinned does not count"],
)
def test_retired_goes_oldest_first_and_never_takes_the_active(
    keep: int, known: list[str], pinned: tuple[str, ...], gone: list[str]
) -> None:
    built = {"old": 1.0, "older": 2.0, "active": 0.5}
    assert history.retired(built, "active", keep, known, pinned) == gone


def test_a_release_that_failed_its_trial_does_not_push_out_the_one_to_go_back_to() -> None:
    """After b came c, which failed and was switched back from, and then d: a rollback must find b."""
    built = {"b": 1.0, "c": 2.0, "d": 3.0}
    path = history.switched(history.switched(history.switched(["b"], "b", "c"), "c", "b"), "b", "d")
    assert history.retired(built, "d", 1, path, ()) == ["c"]
    assert history.previous(path, "d", built) == "b"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(5.0, []), (15.0, ["a"]), (25.0, ["b"]), (20.5, ["a", "b"]), (19.5, ["a", "b"])],
    ids=["before all", "first", "second", "just after a switch", "just before one"],
)
def test_which_release_was_active_at_a_moment(moment: float, expected: list[str]) -> None:
    assert history.active_around([[10.0, "a"], [20.0, "b"]], moment) == expected
