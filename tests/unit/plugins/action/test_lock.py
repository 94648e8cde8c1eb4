# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``lock``: what it asks for, what it believes of the answer, and what it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import lock
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.tests.support.action import Node, run
from ansible_collections.portable.model_env.tests.support.locks import SHA

SPECS = {"a": {"python": "3.11", "packages": ["left==1.0"]}, "b": {"python": "3.11", "packages": ["left==1.0"]}}


def text(version: str = "1.0", name: str = "left") -> str:
    return f"""lock-version = "1.0"
[[packages]]
name = "{name}"
version = "{version}"
wheels = [{{ url = "https://h/left-{version}-py3-none-any.whl", hashes = {{ sha256 = "{SHA}" }} }}]
"""


def answer(resolved: dict[str, str], **more: Any) -> dict[str, Any]:
    found = {name: {"pylock": one, "notes": []} for name, one in resolved.items()}
    return {"changed": False, "resolved": found, "failures": {}, "resolver": "uv 0.13.9", **more}


def acted(folder: Path, *answers: dict[str, Any], specs: Any = None, **keywords: Any) -> tuple[dict[str, Any], Node]:
    node = Node(list(answers))
    variables = {
        "hostvars": {"n1": {"model_env_specs": SPECS if specs is None else specs}},
        "ansible_play_hosts_all": ["n1"],
        "inventory_dir": str(folder),
    }
    arguments = {"tools_lock": "uv==1", "platform": "p", **keywords.pop("arguments", {})}
    return run(lock.ActionModule, arguments, variables, node, **keywords), node


def path(folder: Path, name: str) -> Path:
    return folder / "models" / name / "pylock.toml"


def test_new_then_kept_then_upgraded(tmp_path: Path) -> None:
    result, node = acted(tmp_path, answer({"a": text(), "b": text()}))
    assert result["changed"] and {row["state"] for row in result["locks"].values()} == {"new"}
    assert node.calls[0][1]["specs"].keys() == {"a", "b"}
    assert "names" not in node.calls[0][1]
    assert path(tmp_path, "a").read_text().startswith(text())
    assert result["diff"][0]["after"] == "left 1.0\n"
    result, node = acted(tmp_path)
    assert (result["changed"], node.calls) == (False, [])
    assert {row["state"] for row in result["locks"].values()} == {"kept"}
    result, node = acted(tmp_path, answer({"a": text(), "b": text("1.1")}), arguments={"upgrade": ["left"]})
    assert node.calls[0][1]["previous"].keys() == {"a", "b"}
    assert (result["locks"]["a"]["state"], result["locks"]["b"]["changes"]) == ("same", ["left 1.0 -> 1.1"])


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    result, _node = acted(tmp_path, answer({"a": text(), "b": text()}), check_mode=True)
    assert result["changed"] and result["diff"]
    assert not (tmp_path / "models").exists()


def test_one_that_fails_loses_no_other(tmp_path: Path) -> None:
    result, _node = acted(tmp_path, answer({"a": text()}, failures={"b": "b: there is no left", "made-up": "x"}))
    assert result["failed"] and result["msg"] == "b: there is no left"
    assert result["locks"]["b"]["state"] == "failed"
    assert path(tmp_path, "a").exists() and not path(tmp_path, "b").exists()


@pytest.mark.parametrize("said", ["= 1", "", text(name="../x"), text("1.0\\n--extra-index-url x")])
def test_what_is_no_lock_is_not_written(tmp_path: Path, said: str) -> None:
    result, _node = acted(tmp_path, answer({"a": said, "b": text()}))
    assert result["failed"] and "the lock of a from n1" in result["msg"]
    assert not path(tmp_path, "a").exists()
    assert path(tmp_path, "b").exists()


def test_a_name_that_was_not_asked_for_names_no_file(tmp_path: Path) -> None:
    result, _node = acted(tmp_path, answer({"../../x": text(), "a": text(), "b": text()}))
    assert set(result["locks"]) == {"a", "b"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["models"]


def test_without_an_inventory_that_is_a_file_a_folder_must_be_named(tmp_path: Path) -> None:
    node = Node()
    variables = {"hostvars": {"n1": {"model_env_specs": SPECS}}}
    result = run(lock.ActionModule, {"tools_lock": "uv==1"}, variables, node)
    assert "there is no folder for locks" in result["msg"]
    named = {"tools_lock": "uv==1", "lock_folder": str(tmp_path / "own")}
    result = run(lock.ActionModule, named, variables, Node([answer({"a": text(), "b": text()})]))
    assert (tmp_path / "own" / "a" / "pylock.toml").exists()


def test_a_file_that_the_specs_hashes_do_not_allow_is_refused(tmp_path: Path) -> None:
    wanted = {"a": {**SPECS["a"], "hashes": {"left": [f"sha256:{'f' * 64}"]}}}
    result, _node = acted(tmp_path, answer({"a": text()}), specs=wanted)
    assert result["failed"] and "no file of left 1.0 has a hash that the spec allows" in result["msg"]
    assert not path(tmp_path, "a").exists()


def test_a_lock_that_cannot_be_read_is_made_anew_and_not_handed_on(tmp_path: Path) -> None:
    path(tmp_path, "a").parent.mkdir(parents=True)
    path(tmp_path, "a").write_text("packages = 7")
    result, node = acted(tmp_path, answer({"a": text(), "b": text()}))
    assert node.calls[0][1]["previous"] == {}
    assert result["locks"]["a"]["state"] == "new" and "left" in path(tmp_path, "a").read_text()


def test_the_platform_that_the_module_takes_by_itself_is_written_down(tmp_path: Path) -> None:
    acted(tmp_path, answer({"a": text(), "b": text()}), arguments={"platform": None})
    assert 'platform = "x86_64-manylinux_2_28"' in path(tmp_path, "a").read_text()


def test_what_became_of_each_lock_is_shown_and_what_the_operator_should_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(screen, "show", shown.append)
    monkeypatch.setattr(screen, "warn", shown.append)
    said = answer({"a": text(), "b": text()})
    said["resolved"]["a"]["notes"] = ["a requires another pip"]
    acted(tmp_path, said)
    assert shown == ["\na: new, 1 distribution\nb: new, 1 distribution\n", "a requires another pip"]
    shown.clear()
    acted(tmp_path, answer({"a": text("1.1"), "b": text()}), arguments={"upgrade": ["*"]})
    assert shown == ["\na: changed\n  left 1.0 -> 1.1\nb: same\n"]
