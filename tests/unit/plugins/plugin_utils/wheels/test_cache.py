# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's cache of wheels. tests/unit/plugins/action/test_wheel_build.py has how a wheel comes into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import WheelCache, answered_key
from ansible_collections.portable.model_env.tests.support.answers import KEY, answer


def test_an_empty_cache_offers_nothing(tmp_path: Path) -> None:
    assert WheelCache(str(tmp_path / "none")).offers() == []


def test_an_honest_answer_has_the_key_that_was_asked_for() -> None:
    assert answered_key(answer("wheel_build"), KEY, "n1") == WheelKey.from_dict(KEY)


def test_the_abi_is_what_torch_turned_out_to_have() -> None:
    built = answer("wheel_build", key={**KEY, "cxx11abi": False})
    assert answered_key(built, KEY, "n1").cxx11abi is False


@pytest.mark.parametrize(
    "lie",
    [
        {"key": {**KEY, "package": "other"}},
        {"key": {**KEY, "torch": "2.12"}},
        {"sha256": "short"},
        {"path": "/r/other-1.0-py3-none-any.whl"},
        {"path": "/r/.."},
    ],
)
def test_a_wheel_of_something_else_is_refused_and_names_the_host(lie: dict[str, Any]) -> None:
    with pytest.raises(ModelEnvError) as caught:
        answered_key(answer("wheel_build", **lie), KEY, "n1")
    assert caught.value.kind == "answer"
    assert caught.value.where == "n1"
