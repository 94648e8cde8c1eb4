# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of checks: which are asked, in which order, and that the documentation has each once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import table
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import GPU, Measured, verdict_of
from ansible_collections.portable.model_env.plugins.module_utils.probes import compute, environment
from ansible_collections.portable.model_env.tests.support.specs import expectation

TORCH = {"version": "2.5.1", "torchvision": "0.20.1", "torchaudio": "2.5.1", "cuda": "cu124", "cuda_version": "12.4"}
CPU = ["matmul_cpu:float32", "matmul_cpu:bfloat16", "conv_cpu", "numpy_bridge"]
GPU_CHECKS = (
    "gpu_visible", "driver", "gpu_health", "gpu_memory", "compute_capability",
    "matmul_cuda:float32", "matmul_cuda:tf32", "matmul_cuda:bfloat16", "matmul_cuda:float16",
    "conv_cudnn", "nms_cuda", "flash_attention", "nccl", "gpu_rate",
)  # fmt: skip
DOCUMENT = Path(__file__).resolve().parents[5] / "docs" / "checks.md"


def checks(expect: dict[str, Any]) -> list[str]:
    return [check.name for check in table.asked(expectation(expect))]


@pytest.mark.parametrize(
    ("expect", "wanted"),
    [
        ({}, ["interpreter"]),
        ({"python": "3.11", "torch": None, "imports": ["a", "b", "a"]}, ["interpreter", "import:a", "import:b"]),
        (
            {"torch": {"version": "2.5.1", "torchvision": "", "cuda": "cpu"}, "imports": ["torch"]},
            [
                "interpreter",
                "torch_build",
                *CPU,
                "import:torch",
                *[one for one in GPU_CHECKS if one not in ("nms_cuda", "flash_attention")],
            ],
        ),
        (
            {"torch": TORCH, "imports": ["diffusers"]},
            [
                "interpreter",
                "torch_build",
                "torchvision_build",
                "torchaudio_build",
                *CPU,
                "nms_cpu",
                "import:diffusers",
                *[one for one in GPU_CHECKS if one != "flash_attention"],
            ],
        ),
    ],
)
def test_a_spec_is_asked_only_for_what_it_names(expect: dict[str, Any], wanted: list[str]) -> None:
    assert checks(expect) == wanted


FLASH = {"name": "flash-attn", "imports": ["flash_attn"]}


def test_a_torch_extension_is_imported_and_flash_attention_is_run() -> None:
    expect = {"torch": {"version": "2.5.1", "cuda": "cu124"}, "imports": ["torch"], "torch_extensions": [FLASH]}
    found = checks(expect)
    assert found.index("import:torch") + 1 == found.index("import:flash_attn") < found.index("gpu_visible")
    assert "flash_attention" in found
    other = {**expect, "torch_extensions": [{"name": "fused", "imports": ["fused.ops"]}]}
    found = checks(other)
    assert ("import:fused.ops" in found, "flash_attention" in found) == (True, False)


def test_the_documentation_has_each_check_once_and_in_this_order() -> None:
    section = DOCUMENT.read_text().split("## The checks, in order", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert names == [check.name for check in table.TABLE]


def test_the_gpu_policy_is_for_the_checks_that_need_a_gpu() -> None:
    assert tuple(check.name for check in table.TABLE if check.needs == GPU) == GPU_CHECKS


def test_each_probe_that_a_check_calls_is_there() -> None:
    called = {check.probe.probe for check in table.TABLE if check.probe is not None}
    there = {name[len("do_") :] for name in vars(environment.Probes) if name.startswith("do_")} | set(compute.PROBES)
    assert called == there


@pytest.mark.parametrize("name", [name for name in GPU_CHECKS if table.named(name).on_node is None])
def test_what_needs_a_gpu_is_a_skip_where_torch_sees_none(name: str) -> None:
    found = verdict_of(table.named(name), Measured(value=None), expectation({}))
    assert (found["verdict"], found["reason"]) == ("skip", "torch sees no GPU")
