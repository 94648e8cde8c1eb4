# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is switched, in which batch, and when a run stops: tables without any host."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import SnapshotsAnswer
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Result
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes, programme
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records
from ansible_collections.portable.model_env.tests.support.upgrades import (
    BACK,
    DONE,
    LOST,
    NEW,
    OTHER,
    fleet,
    keeps,
    plan,
    records,
)

CHECKOUT = Path(__file__).resolve().parents[5]


def test_the_operators_page_has_every_outcome_and_every_reason_to_stop() -> None:
    page = (CHECKOUT / "docs" / "upgrades.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("|")]
    for state in outcomes.FAILURES:
        assert any(f"`{state}`" in row for row in rows), state
    hosts = fleet(3, n1=records(plan(), switched=BACK))
    drawn = programme.draw_up(fleet(3), 1, [1], 1)
    for stop in (programme.gate(hosts, drawn, ["n2"])["stop"], programme.spent(hosts, 1)):
        words = re.split(r" \d| is spent", stop)[0]
        assert any(words in row for row in rows), stop


def test_canaries_come_first_and_batches_grow() -> None:
    drawn = programme.draw_up(fleet(10), 1, [2, 4], "30%")
    assert drawn["serial"] == [1, 2, 4, 3]
    assert drawn["order"] == [f"n{place}" for place in range(1, 11)]
    assert drawn["prepare"] == drawn["order"]
    assert (drawn["budget"], drawn["stop"]) == (3, "")
    assert [drawn["batch"][host] for host in ("n1", "n2", "n4", "n10")] == ["canary", "1", "2", "3"]


CANARIES: list[tuple[str, Any, dict[str, Records], list[str]]] = [
    ("number", 2, fleet(4), ["n1", "n2"]),
    ("percent", "50%", fleet(4), ["n1", "n2"]),
    ("none", 0, fleet(4), []),
    ("names", ["n3"], fleet(4), ["n3"]),
    ("proven by an earlier run", 1, fleet(4, n1=records(keeps())), []),
    ("proven under a rebuild's name", 1, fleet(4, n1=records(keeps(f"{NEW}-r3"))), []),
    ("one of two proven", 2, fleet(4, n1=records(keeps())), ["n2"]),
    ("unfinished trial", 1, fleet(4, n3=records(keeps(trial=True))), ["n3"]),
    ("another release elsewhere", 1, fleet(4, n3=records(plan(OTHER)), n4=records(plan(OTHER))), ["n1", "n3"]),
    ("the first is lost", 1, fleet(3, n1=records(LOST)), ["n2"]),
    ("prepared by an earlier run", 1, fleet(2, n1=records(plan(action="activate"))), ["n1"]),
]


@pytest.mark.parametrize(
    ("wanted", "hosts", "expected"), [row[1:] for row in CANARIES], ids=[row[0] for row in CANARIES]
)
def test_who_is_a_canary(wanted: Any, hosts: dict[str, Records], expected: list[str]) -> None:
    drawn = programme.draw_up(hosts, wanted, [1], 2)
    assert [host for host, batch in drawn["batch"].items() if batch == "canary"] == expected


def test_a_canary_that_is_no_host_is_refused() -> None:
    with pytest.raises(ModelEnvError, match="n9"):
        programme.draw_up(fleet(2), ["n9"], [1], 1)


def test_only_what_must_be_built_is_prepared() -> None:
    hosts = fleet(3, n1=records(plan(action="activate")), n3=records(keeps()))
    assert programme.draw_up(hosts, 1, [1], 1)["prepare"] == ["n2"]
    weights = {host: replace(one, weights=Result(SnapshotsAnswer(more=True))) for host, one in hosts.items()}
    assert programme.draw_up(weights, 1, [1], 1)["prepare"] == ["n1", "n2", "n3"]


def test_nothing_starts_when_the_budget_is_spent() -> None:
    hosts = fleet(4, n2=records(LOST))
    drawn = programme.draw_up(hosts, 1, [1], 1)
    assert (drawn["prepare"], drawn["order"]) == ([], [])
    assert drawn["stop"] == "the budget of 1 failed host is spent by n2"
    assert programme.draw_up(hosts, 1, [1], 2)["order"] == ["n1", "n3", "n4"]


@pytest.mark.parametrize(
    ("budget", "after", "stop"),
    [
        (1, {"n1": records(plan(), switched=DONE)}, ""),
        (3, {"n1": records(plan(), switched=BACK)}, "the release failed on 1 canary host: n1"),
        (1, {"n2": records(plan(), switched=BACK)}, "the budget of 1 failed host is spent by n2"),
        (2, {"n2": records(plan(), switched=BACK)}, ""),
        (2, {"n2": records(plan(), switched=BACK), "n3": records(plan(), switched=LOST)}, "is spent by n2, n3"),
    ],
    ids=["well", "canary", "spent", "not spent", "spent by two"],
)
def test_the_gate(budget: int, after: dict[str, Records], stop: str) -> None:
    drawn = programme.draw_up(fleet(6), 1, [2], budget)
    gate = programme.gate({**fleet(6), **after}, drawn, ["n4", "n5"])
    assert (stop in gate["stop"]) if stop else not gate["stop"]
    assert gate["go"] == ([] if stop else ["n4", "n5"])
    assert not gate["canaries"]


def test_a_host_whose_build_failed_does_not_take_part_in_its_batch() -> None:
    drawn = programme.draw_up(fleet(4), 1, [2], 2)
    now = fleet(4, n2=records(plan(), prepared={"results": [{"failed": True}]}))
    gate = programme.gate(now, drawn, ["n2", "n3"])
    assert gate["go"] == ["n3"]
    assert gate["releases"] == {"n3": {"demo": NEW}}
