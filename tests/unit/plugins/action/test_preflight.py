# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``preflight``: the clock that the controller adds, and what fails."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.portable.model_env.plugins.action.preflight import ActionModule
from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.tests.support.action import Node, run
from ansible_collections.portable.model_env.tests.support.answers import answer

FINE = verdicts.make("filesystem:root", "pass")
FULL = verdicts.make("space:/", "fail", reason="the disk is full", cure="free space")


def looked(*found: verdicts.Verdict, ahead: float = 0.0) -> dict[str, Any]:
    def answered(_arguments: Any) -> dict[str, Any]:
        return answer("preflight", verdicts=list(found), time=time.time() + ahead)

    return run(ActionModule, node=Node([answered]))


def test_a_node_with_the_right_time_is_ready() -> None:
    result = looked(FINE)
    assert result["go"] is True
    assert "failed" not in result
    assert [one["check"] for one in result["verdicts"]] == ["filesystem:root", "clock:controller"]


def test_a_clock_that_is_hours_off_fails_the_host() -> None:
    result = looked(FINE, ahead=7200)
    assert (result["go"], result["failed"]) == (False, True)
    assert "clock:controller" in result["msg"]


def test_the_message_has_the_reasons() -> None:
    assert "space:/: the disk is full" in looked(FINE, FULL)["msg"]


def test_a_module_that_failed_is_left_as_it_is() -> None:
    assert run(ActionModule, node=Node([{"failed": True, "msg": "no Python"}]))["msg"] == "no Python"


def test_specs_are_optional_and_validated() -> None:
    node = Node([{}])
    run(ActionModule, node=node)
    assert node.calls[0][1]["specs"] == {}
    assert "not pinned" in run(ActionModule, {"specs": {"a": {"python": "3.11", "packages": ["b"]}}})["msg"]
