# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is switched, in which batch, what becomes of hosts, and when a run stops: tables without any host."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import upgrade as upgrade_text
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes, programme, sizes
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records

CHECKOUT = Path(__file__).resolve().parents[5]
OLD, NEW, OTHER = "demo-" + "0" * 12, "demo-" + "1" * 12, "demo-" + "2" * 12
LOST = {"unreachable": True, "msg": "no route"}
DONE = {"switched": [{"name": "demo"}]}
BACK = {"failed": True, "back": ["demo"], "msg": "it failed"}


def plan(release: str = NEW, action: str = "build") -> dict[str, Any]:
    entry = {"name": "demo", "action": action, "release": release, "active": OLD, "reasons": ["packages: a -> b"]}
    return {"work": [entry], "kept": {}, "blocked": []}


def keeps(release: str = NEW, trial: bool = False) -> dict[str, Any]:
    return {"work": [], "kept": {"demo": {"release": release, "trial": trial}}, "blocked": []}


def fleet(number: int, **others: Records) -> dict[str, Records]:
    """Hosts n1 to nN that need the new release, less those that are given."""
    return {f"n{place}": others.get(f"n{place}", Records(plan())) for place in range(1, number + 1)}


@pytest.mark.parametrize(
    ("value", "of", "expected"),
    [(3, 100, 3), ("3", 100, 3), ("10%", 100, 10), ("10%", 25, 2), ("1%", 12, 1), ("100%", 12, 12), (" 5 % ", 40, 2)],
)
def test_a_number_of_hosts(value: Any, of: int, expected: int) -> None:
    assert sizes.hosts(value, of, "x") == expected


@pytest.mark.parametrize("value", [0, -1, "0%", "101%", "many", "", 1.5, None])
def test_what_is_no_number_of_hosts(value: Any) -> None:
    with pytest.raises(ModelEnvError, match="x is"):
        sizes.hosts(value, 10, "x")


@pytest.mark.parametrize(
    ("wanted", "of", "remaining", "expected"),
    [
        ([1, 4], 12, 11, [1, 4, 4, 2]),
        (["10%", "25%", "50%"], 100, 99, [10, 25, 50, 14]),
        ("10%,50%", 10, 9, [1, 5, 3]),
        ([5], 3, 2, [2]),
        ([5], 3, 0, []),
    ],
)
def test_batches_cover_the_rest_and_repeat_the_last_size(
    wanted: Any, of: int, remaining: int, expected: list[int]
) -> None:
    assert sizes.batches(wanted, of, remaining, "x") == expected


OUTCOMES: list[tuple[str, Records, str]] = [
    ("nothing to do", Records(keeps()), "current"),
    ("work", Records(plan()), "waiting"),
    ("on trial", Records(keeps(trial=True)), "waiting"),
    ("only a removal", Records({"work": [{"name": "x", "action": "remove"}], "kept": {}}), "current"),
    ("lost at the plan", Records(LOST), "unreachable"),
    ("no result", Records(), "unreachable"),
    ("plan failed", Records({"failed": True}, failure={"msg": "no Python"}), "blocked"),
    ("cannot be built", Records({"blocked": [{"msg": "no Python 3.11.\nmore"}]}), "blocked"),
    ("preflight", Records(plan(), preflight={"go": False, "verdicts": []}), "not ready"),
    ("lost while weights are looked at or fetched", Records(plan(), weights=LOST), "unreachable"),
    ("preflight lost", Records(plan(), preflight=LOST), "unreachable"),
    ("build failed", Records(plan(), prepared={"results": [{"failed": True, "msg": "x"}]}), "not built"),
    ("build lost", Records(plan(), prepared={"results": [{"unreachable": True}]}), "unreachable"),
    ("weights failed", Records(keeps(), failure={"msg": "x"}), "blocked"),
    ("drain failed", Records(plan(), hook={"msg": "busy"}), "not drained"),
    ("switched", Records(plan(), switched=DONE), "switched"),
    ("refused", Records(plan(), hook={"msg": "x"}, switched={"failed": True, "back": []}), "refused"),
    ("switched back", Records(plan(), hook=BACK, switched=BACK), "switched back"),
    ("died", Records(plan(), switched=LOST), "lost"),
    ("canary confirmed", Records(plan(), switched=DONE, confirmed=DONE), "switched"),
    ("no canary", Records(plan(), switched=DONE, confirmed={"skipped": True}), "switched"),
    ("failed the second check", Records(plan(), hook=BACK, switched=DONE, confirmed=BACK), "switched back"),
    ("died while watched", Records(plan(), switched=DONE, confirmed=LOST), "lost"),
    ("resume failed", Records(plan(), switched=DONE, resume={"msg": "x"}), "not resumed"),
    ("failed, and resume failed", Records(plan(), switched=BACK, resume={"msg": "x"}), "switched back"),
]


@pytest.mark.parametrize(("records", "expected"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES])
def test_what_became_of_a_host(records: Records, expected: str) -> None:
    assert outcomes.outcome(records)[0] == expected


def test_a_host_that_failed_and_is_still_drained_says_so() -> None:
    records = Records(plan(), switched=BACK, resume={"msg": "no scontrol"})
    assert outcomes.outcome(records) == ("switched back", "not resumed: no scontrol; it failed")


def test_the_operators_page_has_every_outcome_and_every_reason_to_stop() -> None:
    page = (CHECKOUT / "docs" / "upgrades.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("|")]
    for state in outcomes.FAILURES:
        assert any(f"`{state}`" in row for row in rows), state
    hosts = fleet(3, n1=Records(plan(), switched=BACK))
    drawn = programme.draw_up(fleet(3), 1, [1], 1)
    for stop in (programme.gate(hosts, drawn, ["n2"])["stop"], programme.spent(hosts, 1)):
        words = re.split(r" \d| is spent", stop)[0]
        assert any(words in row for row in rows), stop


def test_what_was_built_is_switched_to_also_under_another_name_than_planned() -> None:
    built = {"results": [{"item": {"name": "demo"}, "release": f"{NEW}-r2"}]}
    assert outcomes.releases(Records(plan(), prepared=built)) == {"demo": f"{NEW}-r2"}


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
    ("proven by an earlier run", 1, fleet(4, n1=Records(keeps())), []),
    ("proven under a rebuild's name", 1, fleet(4, n1=Records(keeps(f"{NEW}-r3"))), []),
    ("one of two proven", 2, fleet(4, n1=Records(keeps())), ["n2"]),
    ("unfinished trial", 1, fleet(4, n3=Records(keeps(trial=True))), ["n3"]),
    ("another release elsewhere", 1, fleet(4, n3=Records(plan(OTHER)), n4=Records(plan(OTHER))), ["n1", "n3"]),
    ("the first is lost", 1, fleet(3, n1=Records(LOST)), ["n2"]),
    ("prepared by an earlier run", 1, fleet(2, n1=Records(plan(action="activate"))), ["n1"]),
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
    hosts = fleet(3, n1=Records(plan(action="activate")), n3=Records(keeps()))
    assert programme.draw_up(hosts, 1, [1], 1)["prepare"] == ["n2"]
    weights = {host: replace(records, weights={"more": True}) for host, records in hosts.items()}
    assert programme.draw_up(weights, 1, [1], 1)["prepare"] == ["n1", "n2", "n3"]


def test_the_programme_has_the_bytes_of_weights_that_are_missing() -> None:
    space = {"check": "space:/", "verdict": "pass", "value": {"needed": 2 << 20, "unknown": []}}
    hosts = {
        "n1": Records(keeps(), weights={"more": True}, preflight={"verdicts": [space]}),
        "n2": Records(keeps(), weights={"snapshots": []}),
        "n3": Records(keeps(), weights={"more": True}),
    }
    said = upgrade_text.programme(hosts, programme.draw_up(hosts, 1, [1], 1), 10)
    assert "n1    -      2.0 MiB   weights are missing" in said
    assert "n3    -      0 B+      weights are missing" in said
    assert "3 hosts: 1 with nothing to do, 0 to switch. To fetch: 2.0 MiB and what the preflight" in said


def test_nothing_starts_when_the_budget_is_spent() -> None:
    hosts = fleet(4, n2=Records(LOST))
    drawn = programme.draw_up(hosts, 1, [1], 1)
    assert (drawn["prepare"], drawn["order"]) == ([], [])
    assert drawn["stop"] == "the budget of 1 failed host is spent by n2"
    assert programme.draw_up(hosts, 1, [1], 2)["order"] == ["n1", "n3", "n4"]


@pytest.mark.parametrize(
    ("budget", "after", "stop"),
    [
        (1, {"n1": Records(plan(), switched=DONE)}, ""),
        (3, {"n1": Records(plan(), switched=BACK)}, "the release failed on 1 canary host: n1"),
        (1, {"n2": Records(plan(), switched=BACK)}, "the budget of 1 failed host is spent by n2"),
        (2, {"n2": Records(plan(), switched=BACK)}, ""),
        (2, {"n2": Records(plan(), switched=BACK), "n3": Records(plan(), switched=LOST)}, "is spent by n2, n3"),
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
    now = fleet(4, n2=Records(plan(), prepared={"results": [{"failed": True}]}))
    gate = programme.gate(now, drawn, ["n2", "n3"])
    assert gate["go"] == ["n3"]
    assert gate["releases"] == {"n3": {"demo": NEW}}


def test_the_programme_names_who_what_which_batch_and_how_many_bytes() -> None:
    space = {"check": "space:/data", "value": {"needed": 3 << 20, "unknown": []}}
    hosts = fleet(4, n2=Records(plan(), preflight={"verdicts": [space]}), n3=Records(keeps(OTHER)), n4=Records(LOST))
    drawn = programme.draw_up(hosts, 1, [2], 2)
    lines = upgrade_text.programme(hosts, drawn, 10).splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["n1", "canary"], ["n2", "1"], ["n4", "-"]]
    assert "3.0 MiB" in lines[2]
    assert "packages: a -> b" in lines[2]
    assert lines[5].startswith(
        "4 hosts: 1 with nothing to do, 2 to switch in batches of 1, 1. To fetch: 3.0 MiB and what"
    )


def test_the_end_says_what_was_switched_what_was_not_and_what_to_do() -> None:
    drawn = programme.draw_up(fleet(5), 1, [2], 1)
    now = fleet(5, n1=Records(plan(), switched=DONE), n2=Records(plan(), switched=BACK), n3=Records(keeps()))
    rows = upgrade_text.rows(now, drawn)
    assert [(row["host"], row["before"], row["after"]) for row in rows[:2]] == [("n1", OLD, NEW), ("n2", OLD, OLD)]
    text = upgrade_text.ending(rows, drawn, "the budget is spent")
    assert "Switched: n1.\nNot switched: n4, n5." in text
    assert "n2: switched back. What to do: find out why" in text
    assert text.endswith("The same command goes on where this one ended.")


@pytest.mark.parametrize("state", outcomes.FAILURES)
def test_every_failure_has_a_cure(state: str) -> None:
    row = {"host": "n1", "batch": "1", "before": OLD, "after": OLD, "done": state, "why": "x"}
    assert f"n1: {state}. What to do: " in upgrade_text.ending([row], {"fleet": 1}, "")
