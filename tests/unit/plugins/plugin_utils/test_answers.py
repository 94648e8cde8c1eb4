# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of nodes: an honest one comes through, and whatever a node says instead harms nobody but its own row."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import (
    audit,
    hf_snapshot,
    lock,
    plan,
    preflight,
    release,
    switch,
    verify,
    wheel_build,
    wheels,
)
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import has_control
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import believed
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.believed import SOURCES
from ansible_collections.portable.model_env.tests.support import answers
from ansible_collections.portable.model_env.tests.support.action import Node, run

ACTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "plan": (
        plan,
        {"root": "/r", "specs": {"svd": answers.SPEC, "ltx": {"python": "3.11"}, "wan": {"python": "3.11"}}},
    ),
    "wheels": (wheels, {"root": "/r", "wanted": []}),
    "wheel_build": (wheel_build, {"root": "/r", "key": answers.KEY}),
    "release": (release, {"name": "svd", "spec": {"python": "3.11"}, "root": "/r"}),
    "switch": (switch, {"root": "/r", "releases": {"svd": "b"}}),
    "audit": (audit, {"root": "/r", "specs": {"svd": {"python": "3.11"}}}),
    "verify": (verify, {"root": "/r"}),
    "preflight": (preflight, {"root": "/r"}),
    "hf_snapshot": (hf_snapshot, {"snapshots": []}),
    "lock": (lock, {"tools_lock": "uv==1", "platform": "p"}),
}

# What the controller makes of the answer itself.
OURS = ("wheels", "verdicts", "go", "summary", "resolved", "failures", "changed")


def acted(module: str, answer: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The result of the task on the controller."""
    plugin, arguments = ACTIONS[module]
    given = {**arguments, **({"wheel_cache": str(tmp_path / "run" / "cache")} if module == "plan" else {})}
    if module == "wheels":
        asked = run(plan.ActionModule, ACTIONS["plan"][1], node=Node([answers.answer("plan")]))["wheels"]
        given["wanted"] = asked
    variables = {"hostvars": {"n1": {"model_env_specs": {"svd": {"python": "3.11"}}}}, "inventory_dir": str(tmp_path)}
    return run(plugin.ActionModule, given, variables if module == "lock" else None, node=Node([answer]))


@pytest.mark.parametrize("module", answers.MODULES)
def test_an_honest_answer_comes_through(module: str, tmp_path: Path) -> None:
    result = acted(module, answers.answer(module), tmp_path)
    assert "failed" not in result or module == "preflight"  # this machine has no clock of 1970
    honest = answers.answer(module)
    assert {name: result[name] for name in honest if name not in OURS} == {
        name: value for name, value in honest.items() if name not in OURS
    }


@pytest.mark.parametrize("module", answers.MODULES)
def test_no_lie_does_more_than_fail_the_task_of_its_own_host(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "inventory").write_text("the operator's")
    honest = acted("plan", answers.answer("plan"), tmp_path)["wheels"][0]
    refused = 0
    for lie in answers.lies(module):
        result = acted(module, lie, tmp_path)
        refused += bool(result.get("failed"))
        assert not {"ansible_facts", "add_host", "add_group", "ansible_stats"} & set(result)
        text = json.dumps(result, default=str, ensure_ascii=False)
        assert not has_control(text), "nothing of it reaches a terminal"
        for wheel in result.get("wheels") or []:
            # What is built, from where and with what, is the operator's.
            assert wheel["environment"] == "svd"
            assert wheel["entry"]["name"] == "flash-attn"
            assert {name: wheel[name] for name in SOURCES} == {name: honest[name] for name in SOURCES}
            assert wheel["key"] is None or "/" not in wheel["slug"]
    assert refused > 10
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written <= {"inventory", "models/svd/pylock.toml"} or (tmp_path / "run").exists()
    assert set(os.listdir(tmp_path)) <= {"inventory", "run", "models"}
    assert not Path("/tmp/model_env-lied").exists()


def test_a_node_does_not_make_wheels_of_a_spec_that_has_none(tmp_path: Path) -> None:
    arguments = {"root": "/r", "specs": {"svd": {"python": "3.11"}}}
    result = run(plan.ActionModule, arguments, node=Node([answers.answer("plan")]))
    assert "is a torch extension that no spec of this host asks for" in result["msg"]
    assert result["error"]["kind"] == "answer"


def test_an_answer_of_another_version_says_so() -> None:
    with pytest.raises(ModelEnvError, match="n1: the answer of the module plan cannot be read") as error:
        believed("plan", {"changed": False, "work": []}, "n1")
    assert "another version" in error.value.why


def test_objects_that_ansible_makes_of_a_message_do_not_carry_it_past_the_gate() -> None:
    """Ansible makes an error and warnings of what a module answers, with its words as they came."""
    # Before ansible-core 2.19 there were none.
    messages = pytest.importorskip("ansible.module_utils._internal._messages")
    said = messages.Event(msg="\x1b[2Jok: [n1]")
    lying = {"failed": True, "msg": "x", "exception": messages.ErrorSummary(event=said)}
    result = believed("switch", {**lying, "warnings": [messages.WarningSummary(event=said)]}, "n1")
    assert "exception" not in result
    assert result["warnings"] == ["\\x1b[2Jok: [n1]"]
