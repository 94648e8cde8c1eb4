# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audits of a fleet say together."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.reports import audit
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report


def report(hosts: dict[str, Any], *fail_on: str) -> Report:
    variables = {host: {"found": result}.get for host, result in hosts.items()}
    return audit.report(variables, {"result": "found", "fail_on": fail_on})


def env(state: str = "current", digest: str = "d", trial: bool = False, **distributions: str) -> dict[str, Any]:
    return {
        "name": "demo",
        "state": state,
        "reasons": [] if state == "current" else [f"why it is {state}"],
        "release": "demo-1",
        "digest": digest,
        "trial": trial,
        "distributions": distributions or {"a": "1"},
        "created": 1.0,
        "previous": "",
        "prepared": "",
    }


def node(*environments: dict[str, Any], litter: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"environments": list(environments), "litter": list(litter), "free_bytes": 1, "holder": None}


def test_a_host_that_differs_from_most_is_named_with_what_differs() -> None:
    hosts = {"n1": node(env(a="1")), "n2": node(env(a="2", b="1")), "n3": node(env(a="1")), "n4": node(env(digest="x"))}
    assert report(hosts).data["differences"] == [
        {
            "environment": "demo",
            "host": "n2",
            "as_most": 2,
            "distributions": [
                {"name": "a", "here": "2", "elsewhere": "1"},
                {"name": "b", "here": "1", "elsewhere": "none"},
            ],
        }
    ]


def test_every_finding_counts_once_a_host_and_only_what_is_asked_for_fails() -> None:
    hosts = {
        "n1": node(env()),
        "n2": node(env("drifted"), litter=("/tmp/x",)),
        "n3": node(env("behind", digest="old"), env("behind", digest="old")),
        "n4": {"unreachable": True, "msg": "no route"},
        "n5": {"failed": True, "msg": "no Python"},
        "n6": node(env(trial=True)),
        "n7": {},
    }
    made = report(hosts, "drifted", "unreachable")
    assert {key: count for key, count in made.returned["summary"].items() if count} == {
        "hosts": 7, "current": 1, "unreachable": 2, "failed": 1, "drifted": 1, "behind": 1, "trial": 1, "litter": 1,
    }  # fmt: skip
    assert sorted(made.failing) == ["n2", "n4", "n7"]
    assert made.failing["n2"] == ["demo drifted: why it is drifted"]
    lines = made.text.splitlines()
    assert lines[1].split()[:3] == ["n1", "1", "current"], "what is well comes first"
    assert len(lines) == 1 + len(hosts) + 2, "one line a host"


def test_a_host_whose_answer_cannot_be_read_is_a_finding_and_the_others_are_compared() -> None:
    bad = {**node(env()), "environments": [{**env(), "distributions": ["six"]}]}
    made = report(
        {"n1": node(env(a="1")), "n2": bad, "n3": node(env(a="1")), "n4": node(env(a="2"))}, "failed", "differs"
    )
    assert sorted(made.failing) == ["n2", "n4"]
    assert made.failing["n2"] == [
        "failed: its answer cannot be read: environments[0].distributions is a list, not a block of keys"
    ]
    assert made.data["hosts"]["n2"]["environments"] is None
    assert made.data["hosts"]["n1"]["environments"][0]["distributions"] == {"a": "1"}
