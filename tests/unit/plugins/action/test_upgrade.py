# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``upgrade``: the programme and the gate, out of what hosts have registered."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import upgrade
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.tests.support.action import run
from ansible_collections.portable.model_env.tests.support.upgrades import BACK, NEW, plan, registered

HOSTS = {"n1": registered(plan()), "n2": registered(plan()), "n3": registered({"work": 3})}


def step(given: dict[str, Any], hosts: dict[str, Any], batch: list[str]) -> dict[str, Any]:
    variables = {"hostvars": hosts, "ansible_play_hosts_all": list(hosts), "ansible_play_batch": batch}
    return run(upgrade.ActionModule, given, variables)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The programme for three hosts, of which one answered nonsense."""
    texts: list[str] = []
    monkeypatch.setattr(screen._display, "display", texts.append)
    result = step({"step": "programme", "budget": 2}, HOSTS, [])
    assert len(texts) == 1
    assert "n3" in texts[0]
    return result


def test_a_host_with_nonsense_is_left_out_and_the_others_are_upgraded(drawn: dict[str, Any]) -> None:
    assert list(drawn["failing"]) == ["n3"]
    assert drawn["programme"]["order"] == ["n1", "n2"]
    assert drawn["programme"]["hosts"] == ["n1", "n2", "n3"]


def test_the_gate_sees_the_whole_fleet_and_opens_for_its_batch(drawn: dict[str, Any]) -> None:
    given = {"step": "gate", "programme": drawn["programme"]}
    opened = step(given, HOSTS, ["n2"])
    assert (opened["go"], opened["releases"], opened["stop"]) == (["n2"], {"n2": {"demo": NEW}}, "")
    failed = {**HOSTS, "n1": registered(plan(), switched=BACK)}
    assert "canary" in step(given, failed, ["n2"])["stop"]


def test_what_goes_back_to_ansible_is_of_its_own_types(drawn: dict[str, Any]) -> None:
    opened = step({"step": "gate", "programme": drawn["programme"]}, HOSTS, ["n1"])
    assert {type(value) for value in opened["releases"]["n1"].values()} == {str}


def test_a_setting_that_makes_no_sense_is_a_failure() -> None:
    result = step({"step": "programme", "budget": "many"}, HOSTS, [])
    assert result["failed"]
    assert "upgrade_budget" in result["msg"]
