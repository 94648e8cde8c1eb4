# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade says before it starts and at its end."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.reports import upgrade
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes, programme
from ansible_collections.portable.model_env.tests.support.answers import answer
from ansible_collections.portable.model_env.tests.support.upgrades import (
    BACK,
    DONE,
    LOST,
    NEW,
    OLD,
    OTHER,
    fleet,
    keeps,
    of,
    plan,
    records,
    registered,
)


def test_the_programme_has_the_bytes_of_weights_that_are_missing() -> None:
    space = {"check": "space:/", "verdict": "pass", "value": {"free": 1 << 30, "needed": 2 << 20, "unknown": []}}
    hosts = {
        "n1": records(keeps(), weights={"more": True}, preflight=answer("preflight", verdicts=[space])),
        "n2": records(keeps(), weights={"snapshots": []}),
        "n3": records(keeps(), weights={"more": True}),
    }
    said = upgrade.programme(hosts, programme.draw_up(hosts, 1, [1], 1), 10)
    assert "n1    -      2.0 MiB   weights are missing" in said
    assert "n3    -      0 B+      weights are missing" in said
    assert "3 hosts: 1 with nothing to do, 0 to switch. To fetch: 2.0 MiB and what the preflight" in said


def test_the_programme_names_who_what_which_batch_and_how_many_bytes() -> None:
    space = {"check": "space:/data", "verdict": "pass", "value": {"free": 1 << 30, "needed": 3 << 20, "unknown": []}}
    hosts = fleet(
        4,
        n2=records(plan(), preflight=answer("preflight", verdicts=[space])),
        n3=records(keeps(OTHER)),
        n4=records(LOST),
    )
    drawn = programme.draw_up(hosts, 1, [2], 2)
    lines = upgrade.programme(hosts, drawn, 10).splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["n1", "canary"], ["n2", "1"], ["n4", "-"]]
    assert "3.0 MiB" in lines[2]
    assert "packages: a -> b" in lines[2]
    assert lines[5].startswith(
        "4 hosts: 1 with nothing to do, 2 to switch in batches of 1, 1. To fetch: 3.0 MiB and what"
    )


def test_the_end_says_what_was_switched_what_was_not_and_what_to_do() -> None:
    drawn = programme.draw_up(fleet(5), 1, [2], 1)
    now = fleet(5, n1=records(plan(), switched=DONE), n2=records(plan(), switched=BACK), n3=records(keeps()))
    rows = upgrade.rows(now, drawn)
    assert [(row["host"], row["before"], row["after"]) for row in rows[:2]] == [("n1", OLD, NEW), ("n2", OLD, OLD)]
    text = upgrade.ending(rows, drawn, "the budget is spent")
    assert "Switched: n1.\nNot switched: n4, n5." in text
    assert "n2: switched back. What to do: find out why" in text
    assert text.endswith("The same command goes on where this one ended.")


@pytest.mark.parametrize("state", outcomes.FAILURES)
def test_every_failure_has_a_cure(state: str) -> None:
    row = {"host": "n1", "batch": "1", "before": OLD, "after": OLD, "done": state, "why": "x"}
    assert f"n1: {state}. What to do: " in upgrade.ending([row], {"fleet": 1}, "")


def test_one_host_without_a_readable_plan_is_a_row_and_the_others_have_theirs() -> None:
    drawn = {**programme.draw_up(fleet(3), 1, [2], 3), "hosts": ["n1", "n2", "n3"]}
    hosts = {
        "n1": registered(plan(), switched=DONE).get,
        "n2": registered(of(work="all of it")).get,
        "n3": registered(plan(), switched={"switched": [{"name": 7}]}).get,
    }
    made = upgrade.report(hosts, {"programme": drawn})
    assert [(row["host"], row["done"]) for row in made.returned["rows"]] == [
        ("n1", "switched"),
        ("n2", "blocked"),
        ("n3", "lost"),
    ]
    assert sorted(made.failing) == ["n2", "n3"]
    assert "work is a text, not a list" in made.failing["n2"][0]
    assert made.data["programme"] == drawn
