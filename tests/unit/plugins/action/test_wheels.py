# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``wheels``: when the node is asked, what the controller adds, and what it makes of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import wheels
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.tests.support.action import Node, run
from ansible_collections.portable.model_env.tests.support.wanted import wanted


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was displayed."""
    texts: list[str] = []
    monkeypatch.setattr(screen._display, "display", texts.append)
    return texts


def take(
    tmp_path: Path, given: dict[str, Any], node: Node, variables: dict[str, Any] | None = None, **keywords: Any
) -> dict[str, Any]:
    given = {"wheel_cache": str(tmp_path / "cache"), **given}
    return run(wheels.ActionModule, given, variables, node, **keywords)


@pytest.mark.parametrize(("outcomes", "check"), [(["ready", "ready"], False), (["ready", "build"], True)])
def test_the_node_is_not_asked_where_all_is_there_or_in_check_mode(
    outcomes: list[str], check: bool, tmp_path: Path, shown: list[str]
) -> None:
    found = [wanted(outcome) for outcome in outcomes]
    result = take(tmp_path, {"wanted": found}, Node(), check_mode=check)
    assert [one["outcome"] for one in result["wheels"]] == outcomes
    assert result["changed"] is check
    assert shown == [], "the plan has shown them"


def test_the_node_is_asked_for_what_is_missing(tmp_path: Path, shown: list[str]) -> None:
    node = Node([{"changed": False, "wheels": [wanted(choice.COMPILE)]}])
    result = take(tmp_path, {"wanted": [wanted()], "required": False, "root": "/r"}, node)
    ((module, arguments),) = node.calls
    assert module == "portable.model_env.wheels"
    assert arguments["offered"] == []
    assert "required" not in arguments and "builds" not in arguments, "the module does not know them"
    assert "failed" not in result


def test_the_results_of_the_builds_decide_at_the_end(tmp_path: Path, shown: list[str]) -> None:
    failed = {"item": {"key": wanted()["key"], "build_host": "gpu2"}, "failed": True, "msg": "nvcc is missing"}
    variables = {"ansible_play_batch": ["n1", "n2"], "hostvars": {"n1": {}, "n2": {"built": {"results": [failed]}}}}
    given = {"wanted": [wanted()], "builds": "built", "required": True}
    result = take(tmp_path, given, Node([{"wheels": [wanted()]}]), variables)
    assert result["failed"]
    assert "on gpu2: nvcc is missing" in result["msg"]
    assert result["wheels"][0]["error"] == result["msg"]
    assert len(shown) == 1


def test_a_module_that_failed_is_left_as_it_is(tmp_path: Path, shown: list[str]) -> None:
    result = take(tmp_path, {"wanted": [wanted()]}, Node([{"failed": True, "msg": "no root"}]))
    assert (result["failed"], result["msg"]) == (True, "no root")


def test_the_extensions_of_an_environment_are_validated(tmp_path: Path, shown: list[str]) -> None:
    node = Node([{"changed": False, "wheels": []}])
    take(tmp_path, {"virtualenv": "/v", "extensions": [{"name": "flash-attn", "version": "2.8.3"}]}, node)
    assert node.calls[0][1]["extensions"][0]["name"] == "flash-attn"
    assert "failed" in take(tmp_path, {"virtualenv": "/v", "extensions": [{"name": "flash-attn"}]}, Node())
