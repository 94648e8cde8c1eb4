# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end table."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.reports import provision
from ansible_collections.portable.model_env.tests.support.answers import ERROR
from ansible_collections.portable.model_env.tests.support.upgrades import of

PASS = {"check": "import:a", "verdict": "pass", "value": None, "reason": "", "seconds": 0.1}
NO_PYTHON = {
    "name": "cog",
    "msg": "this node has no Python 3.10.\nWhat to do: install it.",
    "reasons": [],
    "error": ERROR,
}
PLAN = of(
    kept={"svd": {"release": "svd-1", "distributions": 63, "verdicts": [PASS, PASS], "trial": False}},
    work=[
        {"name": "ltx", "action": "build", "release": "r", "reasons": ["there is none yet"]},
        {"name": "wan", "action": "build", "release": "r", "reasons": ["there is none yet"]},
    ],
    blocked=[
        {"name": "cog", "msg": "this node has no Python 3.10.\nWhat to do: install it.", "reasons": [], "error": ERROR}
    ],
)
DONE = {
    "results": [
        {"item": {"name": "ltx"}, "ansible_loop_var": "item", "seconds": 21.04, "verdicts": [PASS]},
        {"item": {"name": "wan"}, "ansible_loop_var": "item", "failed": True, "msg": "no such version", "seconds": 2.0},
    ]
}


GIVEN = {"plan": "plan", "done": "done", "failed_task": "failed", "shared": "shared"}


def rows(plan: Any, done: Any = None, failed: Any = None, host: str = "n1") -> list[dict[str, Any]]:
    return provision.host_rows(host, {"plan": plan, "done": done, "failed": failed}.get, GIVEN)


def test_one_row_for_each_environment_with_what_was_done() -> None:
    found = rows(PLAN, DONE)
    assert [(row["environment"], row["done"], row["verdicts"]) for row in found] == [
        ("svd", "kept", "2 pass"),
        ("cog", "blocked", ""),
        ("ltx", "built", "1 pass"),
        ("wan", "failed", ""),
    ]
    assert provision.failures(found) == [
        "cog: this node has no Python 3.10.\nWhat to do: install it.",
        "wan: no such version",
    ]


def test_failures_stand_last_and_prose_is_cut_to_one_line() -> None:
    text = provision.render(rows(PLAN, DONE)).splitlines()
    assert text[0].split() == ["host", "environment", "done", "seconds", "verdicts", "detail"]
    assert [line.split()[2] for line in text[1:]] == ["kept", "built", "blocked", "failed"]
    assert "21.0" in text[2]


def test_check_mode_says_would_be() -> None:
    done = {"results": [{"item": {"name": "ltx"}, "ansible_loop_var": "item", "check_mode": True}]}
    assert (
        rows(of(work=[{"name": "ltx", "action": "build", "release": "r", "reasons": []}]), done)[0]["done"]
        == "would be built"
    )


def test_a_task_that_failed_before_the_loop_is_the_hosts_failure() -> None:
    assert provision.failures(rows({}, {}, {"msg": "no space"})) == ["no space"]


def test_a_host_that_was_lost_or_has_no_result_says_so() -> None:
    lost = {"unreachable": True, "msg": "no route"}
    builds = {"results": [{"item": {"name": "ltx"}, **lost}]}
    for found in (rows(lost), rows(PLAN, builds)):
        assert [(row["done"], row["detail"]) for row in found] == [("unreachable", "no route")]
    assert rows(None)[0]["done"] == "unreachable"


def test_a_host_whose_answer_cannot_be_read_fails_and_the_others_have_their_rows() -> None:
    hosts: dict[str, Any] = {
        "n1": {"plan": of(work=[{"name": "a"}])}.get,
        "n2": {"plan": PLAN}.get,
    }
    made = provision.report(hosts, GIVEN)
    assert made.failing["n1"] == ["its answer cannot be read: work[0].action is missing"]
    assert "svd" in made.text
    odd = {"results": [{"item": {"name": "ltx"}, "seconds": "long"}, "x", {"item": 3}]}
    assert [row["done"] for row in rows(PLAN, odd)] == ["kept", "blocked", "failed", "failed"]


def test_many_kept_environments_share_one_row_per_host() -> None:
    kept = {f"m{i:02}": {"release": "m", "distributions": 1, "verdicts": [], "trial": False} for i in range(22)}
    found = [row for host in ("n1", "n2") for row in rows(of(kept=kept), host=host)]
    lines = provision.render(found).splitlines()
    assert len(lines) == 3
    assert "(22 environments)" in lines[1]
