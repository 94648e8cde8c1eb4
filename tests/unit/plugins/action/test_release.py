# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``release``: what is validated, and how the module is run."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action.release import ActionModule
from ansible_collections.portable.model_env.tests.support.action import Node, run

SPEC = {"python": "3.11", "packages": ["einops==0.8.1"]}


@pytest.mark.parametrize("state", ["active", "prepared"])
def test_a_spec_is_validated_where_it_is_built(state: str) -> None:
    node = Node([{"changed": False}])
    run(ActionModule, {"name": "svd", "spec": SPEC, "state": state}, node=node)
    (_module, arguments) = node.calls[0]
    assert arguments["spec"]["name"] == "svd"
    assert arguments["only_look"] is True
    assert "not pinned" in run(ActionModule, {"name": "svd", "spec": {**SPEC, "packages": ["a"]}})["msg"]


@pytest.mark.parametrize("given", [{"name": "svd", "state": "absent"}, {"name": "svd", "state": "clean", "spec": {}}])
def test_what_builds_nothing_needs_no_spec(given: dict[str, Any]) -> None:
    node = Node([{"changed": True}])
    assert run(ActionModule, given, node=node)["changed"] is True
    assert node.calls[0][1].get("spec") == given.get("spec")


def test_without_progress_it_is_one_execution() -> None:
    node = Node([{"changed": True}])
    run(ActionModule, {"name": "svd", "spec": SPEC, "progress_interval": 0, "base_index_url": "u"}, node=node)
    assert "only_look" not in node.calls[0][1]
    assert node.calls[0][1]["base_index_url"] == "u"
