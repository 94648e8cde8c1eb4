# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table after a switch."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import switch
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.tests.support.answers import answer

CHANGE = {"name": "einops", "before": "0.8.0", "after": "0.8.1", "origin": "index"}


def entry(before: str, changes: list[Any]) -> dict[str, Any]:
    (honest,) = answer("switch")["switched"]
    return {**honest, "name": "demo", "before": before, "after": "demo-2", "changes": changes}


def report(results: dict[str, Any]) -> Report:
    return switch.report({host: {"r": result}.get for host, result in results.items()}, {"result": "r"})


def test_rows_say_what_was_what_is_and_why() -> None:
    results: dict[str, dict[str, Any]] = {
        "n1": {"switched": [entry("demo-1", [CHANGE])]},
        "n2": {"switched": [entry("demo-2", [])]},
        "n3": {"failed": True, "msg": "demo: release demo-2 cannot be switched to."},
        "n4": {"unreachable": True, "msg": "no route"},
        "n5": {},
        "n6": {"switched": [entry("demo-1", [{}])]},
    }
    made = report(results)
    rows = made.returned["rows"]
    assert [row["done"] for row in rows] == ["switched", "kept", "refused", "unreachable", "unreachable", "refused"]
    assert rows[0]["why"] == "einops 0.8.0 -> 0.8.1"
    assert sorted(made.failing) == ["n3", "n4", "n5", "n6"]
    assert "switched[0].changes[0].name is missing" in made.failing["n6"][0]
    assert made.text.splitlines()[1].split()[:5] == ["n1", "demo", "demo-1", "demo-2", "switched"]


def test_check_mode_says_would_be() -> None:
    result = {"check_mode": True, "switched": [entry("", [])]}
    assert report({"n1": result}).returned["rows"][0]["done"] == "would be switched"


def test_the_table_shows_the_cause_where_there_is_no_room_for_all() -> None:
    error = ModelEnvError(
        "the operator's command failed with release demo-2, so it was switched back",
        where="demo",
        why="it ended with status 3: no memory\nand more",
        todo="run it by hand",
    )
    made = report({"n1": {"failed": True, "msg": error.message}})
    assert "it ended with status 3: no memory\\nand more (demo: the operator's" in made.text
    assert made.failing == {"n1": [error.message]}
