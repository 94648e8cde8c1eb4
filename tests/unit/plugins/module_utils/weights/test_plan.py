# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with each file."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Held
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import (
    OUTDATED,
    Seen,
    plan_files,
)
from ansible_collections.portable.model_env.tests.support.hub_files import held, hub_file, path

FILE = hub_file("a", 10, "new")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("held", "seen", "full", "action", "wrong"),
    [
        (None, None, False, "fetch", False),
        (None, Seen(10, 5), False, "hash", False),
        (None, Seen(9, 5), False, "fetch", True),
        (None, Seen(10, 5, regular=False), False, "fetch", True),
        (held(10, "new", 5), Seen(10, 5), False, "keep", False),
        (held(10, "new", 5), Seen(10, 5), True, "hash", False),
        (held(10, "new", 5), Seen(10, 6), False, "hash", False),
        (held(10, "new", 5), Seen(11, 5), False, "fetch", True),
        (held(10, "new", 5), None, False, "fetch", False),
        (held(10, "old", 5), Seen(10, 5), False, "fetch", False),
        (held(9, "old", 5), Seen(9, 5), False, "fetch", False),
    ],
)
def test_what_to_do_with_a_file(held: Held | None, seen: Seen | None, full: bool, action: str, wrong: bool) -> None:
    there = {"a": seen} if seen else {}
    (found,) = plan_files([FILE], {path("a"): held} if held else {}, there, full=full)
    assert (found.action, found.wrong) == (action, wrong)


def test_a_file_that_replaces_another_waits_for_its_repository() -> None:
    for size in (9, 10):
        (found,) = plan_files([FILE], {path("a"): held(size, "old", 5)}, {"a": Seen(size, 5)}, full=False)
        assert found.reason == OUTDATED


def test_what_is_listed_and_not_wanted_is_removed_and_nothing_else() -> None:
    listed = {
        path("a"): held(10, "new", 5),
        path("gone"): held(1, "g", 5),
        path("old"): held(1, "o", 5),
    }
    seen = {"a": Seen(10, 5), "old": Seen(1, 5), "mine": Seen(1, 5)}
    actions = {action.file.path: action.action for action in plan_files([FILE], listed, seen, full=False)}
    assert actions == {"a": "keep", "old": "remove"}
