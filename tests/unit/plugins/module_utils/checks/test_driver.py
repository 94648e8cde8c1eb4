# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of CUDA's major versions."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import driver
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch

NODE: dict[str, Any] = {
    "kind": "", "reason": "", "driver": "535.54.03", "cuda": "12.2", "gpus": [{"name": "A100"}], "broken": False
}  # fmt: skip
NONE = {**NODE, "kind": "no_tool", "reason": "no nvidia-smi", "driver": "", "cuda": "", "gpus": []}


@pytest.mark.parametrize(
    ("built", "node", "verdict"),
    [
        ("12.1", {}, "pass"),
        ("12.8", {}, "pass"),  # within a major version a newer minor one runs, too
        ("11.8", {}, "pass"),
        ("13.0", {}, "fail"),
        (None, {}, "skip"),
        ("12.4", {"cuda": ""}, "skip"),
        ("12.4", NONE, "skip"),
        ("12.4", {**NONE, "kind": "mismatch", "broken": True}, "fail"),
    ],
)
def test_a_torch_that_is_there(built: str | None, node: dict[str, Any], verdict: str) -> None:
    found = driver.for_build(built, {**NODE, **node})
    assert found["verdict"] == verdict


def test_the_reason_has_both_versions_and_what_to_do() -> None:
    reason = driver.for_build("13.0", NODE)["reason"]
    assert "built for CUDA 13.0, and driver 535.54.03 runs CUDA up to 12.2" in reason
    assert "update the driver, or choose a build for CUDA 12" in reason


@pytest.mark.parametrize(
    ("builds", "node", "policy", "verdict"),
    [
        ({"a": Torch("2.5.1", cuda="cu128")}, NODE, "auto", "pass"),
        ({"a": Torch("2.5.1", cuda="cu130"), "b": Torch("2.5.1", cuda="cu121")}, NODE, "auto", "fail"),
        ({"a": Torch("2.5.1", cuda="cpu")}, NODE, "auto", "pass"),
        ({"a": Torch("2.5.1", cuda="cu130")}, NONE, "auto", "skip"),
        ({"a": Torch("2.5.1", cuda="cu130")}, NONE, "required", "fail"),
        ({"a": Torch("2.5.1", cuda="cpu")}, NONE, "required", "skip"),
        ({"a": Torch("2.5.1", cuda="cu130")}, None, "off", "skip"),
    ],
)
def test_builds_to_come(builds: dict[str, Any], node: dict[str, Any] | None, policy: str, verdict: str) -> None:
    assert driver.for_builds(builds, node, policy)["verdict"] == verdict
