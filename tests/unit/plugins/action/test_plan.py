# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``plan``: the wheels that the controller offers, and what it shows of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import plan
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.tests.support.action import Node, run
from ansible_collections.portable.model_env.tests.support.answers import SPEC, answer

TORCH = {"version": "2.5.1", "cuda": "cu124"}


@pytest.mark.parametrize("extensions", [[], [{"name": "flash-attn", "version": "2.8.3"}]])
def test_wheels_are_offered_where_a_spec_has_extensions(extensions: list[Any], tmp_path: Path) -> None:
    spec: dict[str, Any] = {"python": "3.11", "torch": TORCH, "torch_extensions": extensions}
    node = Node([answer("plan", wheels=[])])
    result = run(plan.ActionModule, {"specs": {"svd": spec}, "wheel_cache": str(tmp_path)}, node=node)
    assert "failed" not in result, result
    assert ("offered" in node.calls[0][1]) is bool(extensions)


def test_where_wheels_come_from_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(screen._display, "display", shown.append)
    run(plan.ActionModule, {"specs": {"svd": SPEC}}, node=Node([answer("plan")]))
    assert shown[0].startswith("n1: svd: flash_attn-2.8.3.whl (flash_attn-2.8.3-cp311-")
    run(plan.ActionModule, {"specs": {"svd": SPEC}}, node=Node([answer("plan", wheels=[])]))
    assert len(shown) == 1


def test_what_a_host_is_to_have_is_never_its_own_word() -> None:
    lying = answer("plan", wheels=[], wanted={"svd": "x", "made_up": "y"})
    result = run(plan.ActionModule, {"specs": {"svd": SPEC}, "absent": ["old"]}, node=Node([lying]))
    assert (list(result["wanted"]), result["wanted"]["old"], len(result["wanted"]["svd"])) == (["old", "svd"], "", 64)


@pytest.mark.parametrize(
    ("given", "refused"), [("frozen", "a has no lock"), (False, ""), ("off", ""), ("on", "lock is on")]
)
def test_the_policy_of_locks_is_obeyed_before_the_node_is_connected_to(
    given: Any, refused: str, tmp_path: Path
) -> None:
    node = Node([] if refused else [answer("plan", work=[], wheels=[])])
    arguments = {"specs": {"a": {"python": "3.11"}}, "lock": given, "lock_folder": str(tmp_path)}
    result = run(plan.ActionModule, arguments, node=node)
    assert refused in result.get("msg", "") and bool(result.get("failed")) is bool(refused)
