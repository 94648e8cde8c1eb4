# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module wheel_build where nothing is compiled: end-to-end tests compile with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels import house as wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import Wheelhouse
from ansible_collections.portable.model_env.tests.support import module_process, stand_in


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    return {
        "root": str(tmp_path / "root"),
        "tools_lock": "",
        "key": stand_in.key().as_dict(),
        "torch": [f"torch=={stand_in.TORCH}"],
    }


def test_a_wheel_that_is_there_is_kept(arguments: dict[str, Any], tmp_path: Path) -> None:
    house = Wheelhouse(str(tmp_path / "root" / "wheelhouse"))
    held = house.put(stand_in.key(), str(stand_in.extension_wheel(tmp_path / "made")), wheelhouse.BUILT)
    for more in ({}, {"only_look": True}, {"key": {**arguments["key"], "package": "Fused_Part"}}):
        result = module_process.run("wheel_build", {**arguments, **more})
        assert (result["failed"], result["changed"], result["action"]) == (False, False, "keep"), more
        assert result["path"] == held.path


@pytest.mark.parametrize(
    ("check", "only_look", "answer"),
    [(True, False, {"changed": True, "action": "build"}), (False, True, {"changed": False, "more": True}),
     (True, True, {"changed": True, "action": "build"})],
)  # fmt: skip
def test_looking_leaves_no_trace(
    arguments: dict[str, Any], tmp_path: Path, check: bool, only_look: bool, answer: dict[str, Any]
) -> None:
    result = module_process.run("wheel_build", {**arguments, "only_look": only_look}, check=check)
    assert {name: result[name] for name in answer} == answer
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"version": ""}, "the key has neither version nor commit"),
        ({"commit": "0" * 40}, "a commit needs the repository that it is of"),
        ({"cxx11abi": "perhaps"}, "not a valid boolean"),
        ({"torch": None}, "missing required arguments: torch"),
    ],
)
def test_keys_that_make_no_sense(arguments: dict[str, Any], key: dict[str, Any], message: str) -> None:
    given = {name: value for name, value in {**arguments["key"], **key}.items() if value is not None}
    result = module_process.run("wheel_build", {**arguments, "key": given})
    assert result["failed"]
    assert message in result["msg"]
