# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``verify``: which specs the module gets."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action.verify import ActionModule
from ansible_collections.portable.model_env.tests.support.action import Node, run
from ansible_collections.portable.model_env.tests.support.answers import answer

SPECS = {"svd": {"python": "3.11", "packages": ["einops==0.8.1"]}, "ltx": {"python": "3.11"}}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"names": "svd, other"}, ["svd"]),
        ({"names": ["svd"]}, ["svd"]),
        ({"names": ["held-to-its-receipt"]}, []),
    ],
)
def test_the_module_gets_the_specs_of_the_named_environments(given: dict[str, Any], names: list[str]) -> None:
    node = Node([answer("verify")])
    assert "failed" not in run(ActionModule, {"specs": SPECS, **given}, node=node)
    assert list(node.calls[0][1]["specs"]) == names


def test_without_names_it_gets_all() -> None:
    node = Node([{}])
    run(ActionModule, {"specs": SPECS}, node=node)
    assert list(node.calls[0][1]["specs"]) == ["svd", "ltx"]


def test_a_spec_that_is_wrong_fails_before_the_node_is_connected_to() -> None:
    node = Node()
    bad = {**SPECS, "bad": {"python": "3.11", "packages": ["einops"]}}
    assert "not pinned" in run(ActionModule, {"specs": bad, "names": "svd"}, node=node)["msg"]
    assert node.calls == []


def test_names_come_as_a_list_to_the_module() -> None:
    node = Node([{}])
    run(ActionModule, {"names": " svd ,,ltx"}, node=node)
    assert node.calls == [("portable.model_env.verify", {"names": ["svd", "ltx"]})]
