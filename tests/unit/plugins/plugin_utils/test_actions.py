# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of an action: what comes before the connection, what is looked at, what runs in the background."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils import actions
from ansible_collections.portable.model_env.tests.support.action import Node, make, run
from ansible_collections.portable.model_env.tests.support.answers import answer

SPECS = {"svd": {"python": "3.11", "packages": ["einops==0.8.1"]}, "ltx": {"python": "3.11"}}


class Specs(actions.SpecAction):
    """One that takes specs."""

    MODULE = "portable.model_env.plan"


class Long(actions.BackgroundAction):
    """One that may take long."""

    MODULE = "portable.model_env.wheel_build"
    SECRETS = ("token",)


class Doubtful(actions.NodeAction):
    """One whose controller fails after the module is through."""

    MODULE = "portable.model_env.wheels"

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        """Fail."""
        raise ModelEnvError(f"{self.host} has brought nothing", kind="network")


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was started in the background: interval, module, arguments, secrets."""
    started: list[tuple[Any, ...]] = []

    class Follower:
        def __init__(self, _action: Any, _variables: dict[str, Any], interval: float) -> None:
            self.interval = interval

        def run(self, *given: Any) -> dict[str, Any]:
            started.append((self.interval, *given))
            return {"changed": True}

    monkeypatch.setattr(actions, "Follower", Follower)
    return started


def test_the_module_gets_the_normal_forms_of_the_selected_specs() -> None:
    node = Node([answer("plan", work=[])])
    result = run(Specs, {"root": "/r", "specs": SPECS, "selected": "svd"}, node=node)
    assert (result["changed"], result["work"]) == (False, [])
    ((module, arguments),) = node.calls
    assert module == "portable.model_env.plan"
    assert arguments["root"] == "/r"
    assert list(arguments["specs"]) == ["svd"]
    assert arguments["specs"]["svd"]["name"] == "svd", "the normal form has every key"


def test_a_spec_that_is_wrong_fails_before_the_node_is_connected_to() -> None:
    node = Node()
    result = run(Specs, {"specs": {"svd": {"python": "3.11", "packages": ["einops"]}}}, node=node)
    assert node.calls == []
    assert result["failed"]
    assert 'packages: ["einops==<version>"]' in result["msg"]
    assert result["error"]["kind"] == "invalid"


def test_the_indexes_of_the_task_count() -> None:
    torch = {"svd": {"python": "3.11", "torch": {"version": "2.5.1", "cuda": "cu999"}}}
    assert "cu999" in run(Specs, {"specs": torch})["msg"]
    assert "failed" not in run(
        Specs, {"specs": torch, "index_urls": {"cu999": "https://m/x"}}, node=Node([answer("plan")])
    )


def test_what_the_module_answered_stays_where_the_controller_fails_afterwards() -> None:
    result = run(Doubtful, node=Node([answer("wheels", changed=True)]))
    assert (result["changed"], len(result["wheels"]), result["failed"]) == (True, 1, True)
    assert result["msg"] == "n1 has brought nothing."
    assert result["error"]["kind"] == "network"


def test_an_answer_names_the_variables_of_the_role_that_asked() -> None:
    error = ModelEnvError("no program may run there", todo="set the option `root`")
    found = {"name": "svd", "reasons": [], "error": error.as_dict(), "msg": error.message}
    blocked = answer("plan", blocked=[found])
    action = make(Specs, {"root": "/r", "specs": SPECS}, node=Node([blocked]))
    action._task._ds = {"name": "Plan", "portable.model_env.plan": {"root": "{{ preflight_root }}"}}
    result = action.run(task_vars={"inventory_hostname": "n1", "preflight_root": "{{ model_env_root }}"})
    assert [one["error"]["todo"] for one in result["blocked"]] == ["set model_env_root"]


def test_nothing_to_do_is_one_execution(background: list[tuple[Any, ...]]) -> None:
    node = Node([{"changed": False}])
    result = run(Long, {"root": "/r", "token": "t"}, node=node)
    assert result["changed"] is False
    assert node.calls == [("portable.model_env.wheel_build", {"root": "/r", "token": "t", "only_look": True})]
    assert background == []


def test_what_takes_long_runs_in_the_background_and_its_secrets_apart(background: list[tuple[Any, ...]]) -> None:
    result = run(Long, {"root": "/r", "token": "t"}, node=Node([{"changed": False, "more": True}]))
    assert result["changed"] is True
    assert "more" not in result
    assert background == [(5.0, "portable.model_env.wheel_build", {"root": "/r"}, {"token": "t"})]
    run(Long, {"token": "", "progress_interval": "2"}, node=Node([{"more": True}]))
    assert background[1] == (2.0, "portable.model_env.wheel_build", {"token": "", "progress_interval": "2"}, None)


@pytest.mark.parametrize(("arguments", "looked"), [({"only_look": True}, {"more": True}), ({}, {"failed": True})])
def test_a_look_that_is_all_that_was_wanted_or_failed_is_the_answer(
    arguments: dict[str, Any], looked: dict[str, Any], background: list[tuple[Any, ...]]
) -> None:
    assert run(Long, arguments, node=Node([looked])).items() >= looked.items()
    assert background == []
