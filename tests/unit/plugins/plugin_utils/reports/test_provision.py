# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end table."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.plugin_utils.reports import provision as table

PASS = {"check": "import:a", "verdict": "pass", "value": None, "reason": "", "seconds": 0.1}
PLAN = {
    "kept": {"svd": {"release": "svd-1", "distributions": 63, "verdicts": [PASS, PASS]}},
    "work": [
        {"name": "ltx", "action": "build", "reasons": ["there is none yet"]},
        {"name": "wan", "action": "build", "reasons": ["there is none yet"]},
    ],
    "blocked": [{"name": "cog", "msg": "this node has no Python 3.10.\nWhat to do: install it.", "reasons": []}],
}
DONE = {
    "results": [
        {"item": {"name": "ltx"}, "ansible_loop_var": "item", "seconds": 21.04, "verdicts": [PASS]},
        {"item": {"name": "wan"}, "ansible_loop_var": "item", "failed": True, "msg": "no such version", "seconds": 2.0},
    ]
}


def test_one_row_for_each_environment_with_what_was_done() -> None:
    rows = table.host_rows("n1", PLAN, DONE, {})
    assert [(row["environment"], row["done"], row["verdicts"]) for row in rows] == [
        ("svd", "kept", "2 pass"),
        ("cog", "blocked", ""),
        ("ltx", "built", "1 pass"),
        ("wan", "failed", ""),
    ]
    assert table.failures(rows) == [
        "cog: this node has no Python 3.10.\nWhat to do: install it.",
        "wan: no such version",
    ]


def test_failures_stand_last_and_prose_is_cut_to_one_line() -> None:
    text = table.render(table.host_rows("n1", PLAN, DONE, {})).splitlines()
    assert text[0].split() == ["host", "environment", "done", "seconds", "verdicts", "detail"]
    assert [line.split()[2] for line in text[1:]] == ["kept", "built", "blocked", "failed"]
    assert "21.0" in text[2]


def test_a_verification_has_rows_too() -> None:
    environments = [
        {"name": "svd", "verdict": "pass", "summary": "2 pass", "seconds": 3.2, "failures": [], "skips": []},
        {
            "name": "ltx",
            "verdict": "fail",
            "summary": "1 fail",
            "seconds": 0.1,
            "failures": ["nms_cpu: wrong"],
            "skips": [],
        },
    ]
    rows = table.verified_rows("n1", {"environments": environments, "failed": True})
    assert [(row["environment"], row["done"], row["verdicts"]) for row in rows] == [
        ("svd", "verified", "2 pass"),
        ("ltx", "failed", "1 fail"),
    ]
    assert table.failures(rows) == ["ltx: nms_cpu: wrong"]
    assert table.failures(table.verified_rows("n1", {"failed": True, "msg": "no such root"})) == ["no such root"]


def test_check_mode_says_would_be() -> None:
    done = {"results": [{"item": {"name": "ltx"}, "ansible_loop_var": "item", "check_mode": True}]}
    rows = table.host_rows("n1", {"work": [{"name": "ltx", "action": "build", "reasons": []}]}, done, {})
    assert rows[0]["done"] == "would be built"


def test_a_task_that_failed_before_the_loop_is_the_hosts_failure() -> None:
    rows = table.host_rows("n1", {}, {}, {"msg": "no space"})
    assert table.failures(rows) == ["no space"]


def test_many_kept_environments_share_one_row_per_host() -> None:
    kept = {f"m{i:02}": {"distributions": 1, "verdicts": []} for i in range(22)}
    rows = [row for host in ("n1", "n2") for row in table.host_rows(host, {"kept": kept}, {}, {})]
    lines = table.render(rows).splitlines()
    assert len(lines) == 3
    assert "(22 environments)" in lines[1]
