# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof of a whole environment: expectations, policies and the node's GPUs put together."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import table
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import GPU
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies, prove
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import Gpu, GpuState
from ansible_collections.portable.model_env.tests.support import planted
from ansible_collections.portable.model_env.tests.support.specs import expectation

TORCH = {"version": "2.5.1", "torchvision": "0.20.1", "torchaudio": "", "cuda": "cu124", "cuda_version": "12.4"}
NONE = GpuState("no_tool", "no nvidia-smi here")
ONE = GpuState(driver="570.1", cuda="12.8", gpus=(Gpu(0, "GPU-1", "H100", 81559),))


@pytest.fixture
def environment(tmp_path: Path) -> planted.Environment:
    return planted.Environment(tmp_path / "env")


def verdicts(
    environment: planted.Environment,
    expect: dict[str, Any],
    node: GpuState | None = None,
    environ: dict[str, str] | None = None,
    **policies: Any,
) -> dict[str, tuple[str, str]]:
    environ = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"} | (environ or {})
    found = prove(
        CommandRunner(),
        environment.python,
        expect=expectation(expect),
        policies=Policies(**policies),
        gpu=node,
        environ=environ,
    )
    json.dumps(found)
    return {one["check"]: (one["verdict"], one["reason"]) for one in found}


def test_an_environment_without_torch_asks_for_no_gpu(environment: planted.Environment) -> None:
    environment.plant(luma="")
    found = verdicts(environment, {"imports": ["luma"]}, gpu="required")
    assert found == {"interpreter": ("pass", ""), "import:luma": ("pass", "")}


@pytest.mark.parametrize(
    ("policy", "verdict", "reason"),
    [
        ("auto", "skip", "no nvidia-smi here"),
        ("required", "fail", "a GPU is required, but no nvidia-smi here"),
        ("off", "skip", "switched off by policy"),
    ],
)
def test_a_node_without_gpu(environment: planted.Environment, policy: str, verdict: str, reason: str) -> None:
    found = verdicts(environment.plant_torch(), {"torch": TORCH}, gpu=policy, node=NONE)
    assert found["gpu_visible"] == (verdict, reason)
    assert found["nms_cuda"][0] == verdict
    assert {found[check] for check in ("torch_build", "torchvision_build", "nms_cpu")} == {("pass", "")}


def test_a_node_with_a_gpu(environment: planted.Environment) -> None:
    found = verdicts(environment.plant_torch(gpus=("H100",)), {"torch": TORCH}, gpu="required", node=ONE)
    # The stand-in cannot compute; that is proven with a real torch, and on a GPU only.
    looked = ("torch_build", "torchvision_build", "nms_cpu", "gpu_visible", "driver", "nms_cuda")
    assert {found[check] for check in looked} == {("pass", "")}
    assert found["gpu_health"][0] == "pass"


def test_every_gpu_check_is_a_skip_with_its_reason_or_required(environment: planted.Environment) -> None:
    environment.plant_torch()
    for policy, verdict in (("auto", "skip"), ("required", "fail")):
        found = verdicts(environment, {"torch": TORCH}, gpu=policy, node=NONE)
        # One of them is for specs with flash-attn.
        asked = [one.name for one in table.TABLE if one.needs == GPU and one.name != "flash_attention"]
        assert {found[check][0] for check in asked} == {verdict}
        assert all(found[check][1] for check in asked)


def test_a_driver_too_old_is_told_with_both_versions(environment: planted.Environment) -> None:
    old = GpuState(driver="470.1", cuda="11.4", gpus=(Gpu(0, "GPU-1", "A100", 40960),))
    found = verdicts(environment.plant_torch(), {"torch": TORCH}, node=old)
    assert found["driver"][0] == "fail"
    assert "built for CUDA 12.4, and driver 470.1 runs CUDA up to 11.4" in found["driver"][1]


def test_torchvision_for_the_cpu_is_found_by_its_build_and_by_running_it(environment: planted.Environment) -> None:
    found = verdicts(environment.plant_torch(gpus=("H100",), vision=-1), {"torch": TORCH}, node=ONE)
    assert found["nms_cpu"] == ("pass", "")
    assert found["torchvision_build"] == ("fail", "it is built for the CPU, and the spec wants CUDA 12.4")
    assert found["nms_cuda"][0] == "fail"
    assert "NotImplementedError: Could not run 'torchvision::nms'" in found["nms_cuda"][1]


def test_a_gpu_that_torch_does_not_see_fails_without_being_required(environment: planted.Environment) -> None:
    found = verdicts(environment.plant_torch(), {"torch": TORCH}, node=ONE)
    assert found["gpu_visible"] == (
        "fail",
        "the driver lists 1 GPU, but torch sees none: No CUDA GPUs are available",
    )


def test_a_cpu_build_where_a_gpu_is_required(environment: planted.Environment) -> None:
    environment.plant_torch(version="2.5.1+cpu", cuda=None, vision=-1)
    expect = {"torch": {**TORCH, "cuda": "cpu", "cuda_version": ""}}
    found = verdicts(environment, expect, gpu="required", node=ONE)
    assert found["torch_build"] == ("pass", "")
    assert found["gpu_visible"] == (
        "fail",
        "a GPU is required, but this torch is built for the CPU and never sees a GPU",
    )


def test_the_node_is_asked_only_where_a_check_needs_it(environment: planted.Environment, tmp_path: Path) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho 'No devices were found'\nexit 6\n")
    smi.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", environ["PATH"])
        verdicts(environment.plant_torch(), {"imports": ["json"]})
        verdicts(environment, {"torch": TORCH}, gpu="off")
        assert not (tmp_path / "asked").exists()
        found = verdicts(environment, {"torch": TORCH})
    assert found["gpu_visible"] == ("skip", "the NVIDIA driver is loaded, but it finds no GPU")


def test_api_keys_come_from_the_environment_and_a_file(environment: planted.Environment, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("IN_FILE=abc\n")
    expect = {"api_keys": ["SET", "IN_FILE", "MISSING"]}
    found = verdicts(environment, expect, environ={"SET": "xyz"}, api_keys_file=str(file), api_keys="required")
    assert found["api_key:SET"][0] == found["api_key:IN_FILE"][0] == "pass"
    assert found["api_key:MISSING"][0] == "fail"
    missing = str(tmp_path / "missing")
    found = verdicts(environment, expect, api_keys_file=missing)
    assert found["api_key:IN_FILE"] == (
        "skip",
        f"IN_FILE is not set, neither in the environment nor in {missing} (No such file or directory)",
    )
