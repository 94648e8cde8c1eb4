# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured for a spec, and what the measurements mean."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import gpus, judge
from ansible_collections.portable.model_env.plugins.module_utils.checks.judge import Measured, Step
from ansible_collections.portable.model_env.plugins.module_utils.probes import environment as probe
from ansible_collections.portable.model_env.tests.support.specs import expectation

TORCH = {"version": "2.5.1", "torchvision": "0.20.1", "torchaudio": "2.5.1", "cuda": "cu124", "cuda_version": "12.4"}
CPU = ["matmul_cpu:float32", "matmul_cpu:bfloat16", "conv_cpu"]
NO_GPU = {"kind": "no_tool", "reason": "no nvidia-smi", "driver": "", "cuda": "", "gpus": [], "broken": False}


def checks(expect: dict[str, Any]) -> list[str]:
    return [step.check for step in judge.steps(expectation(expect))]


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
                *[one for one in judge.GPU_CHECKS if one not in ("nms_cuda", "flash_attention")],
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
                *[one for one in judge.GPU_CHECKS if one != "flash_attention"],
            ],
        ),
    ],
)
def test_a_spec_is_asked_only_for_what_it_names(expect: dict[str, Any], wanted: list[str]) -> None:
    assert checks(expect) == wanted


@pytest.mark.parametrize(
    ("found", "wanted", "prefix", "same"),
    [
        ("2.5.1+cu124", "2.5.1", False, True),
        ("2.5.1", "2.5.1+cu118", False, True),
        ("2.5", "2.5.0", False, True),
        ("2.5.10", "2.5.1", False, False),
        ("2.6.0a0+git123", "2.6.0", False, False),
        ("3.11.7", "3.11", True, True),
        ("3.11.7", "3.11.7", True, True),
        ("3.11.7", "3.11.9", True, False),
        ("3.11.7", "3.1", True, False),
        ("3.12.0", "3.11", True, False),
    ],
)
def test_versions(found: str, wanted: str, prefix: bool, same: bool) -> None:
    assert judge.same_release(found, wanted, prefix) is same


def interpreter(**changes: Any) -> dict[str, Any]:
    return {"version": "3.11.7", "prefix": "/e", "venv": True, "outside": [], "injected": [], **changes}


@pytest.mark.parametrize(
    ("value", "isolated", "reason"),
    [
        (interpreter(), True, ""),
        (interpreter(version="3.10.13"), True, "Python is 3.10.13, and the spec wants 3.11"),
        (interpreter(venv=False), True, "/e is not a virtual environment"),
        (interpreter(venv=False, outside=["/usr/lib/python3/dist-packages"]), False, ""),
        (
            interpreter(outside=["/usr/lib/python3/dist-packages"]),
            True,
            "it sees packages outside of the environment, in /usr/lib/python3/dist-packages",
        ),
    ],
)
def test_interpreter(value: dict[str, Any], isolated: bool, reason: str) -> None:
    (step,) = judge.steps(expectation({"python": "3.11", "isolated": isolated}))
    verdict = judge.judge(step, Measured(value=value))
    assert (verdict["verdict"], verdict["reason"]) == ("fail" if reason else "pass", reason)


@pytest.mark.parametrize(("closed", "verdict"), [(True, "fail"), (False, "pass")])
def test_a_path_from_elsewhere_is_a_fault_only_where_everything_was_built_here(closed: bool, verdict: str) -> None:
    (step,) = judge.steps(expectation({"closed": closed}))
    found = judge.judge(step, Measured(value=interpreter(injected=["/home/me/src"])))
    assert found["verdict"] == verdict
    assert not closed or found["reason"] == "a .pth file lets it import from /home/me/src"


@pytest.mark.parametrize(
    ("check", "value", "reason"),
    [
        ("torch_build", {"version": "2.5.1+cu124", "cuda": "12.4"}, ""),
        ("torch_build", {"version": "2.6.0", "cuda": "12.4"}, "its version is 2.6.0, and the spec wants 2.5.1"),
        (
            "torch_build",
            {"version": "2.5.1+cpu", "cuda": None},
            "it is built for the CPU, and the spec wants CUDA 12.4",
        ),
        (
            "torchvision_build",
            {"version": "0.20.1", "cuda": "12.1"},
            "it is built for CUDA 12.1, and the spec wants CUDA 12.4",
        ),
        ("torchaudio_build", {"version": "2.5.1"}, ""),
        ("torchaudio_build", {"version": "2.5.0"}, "its version is 2.5.0, and the spec wants 2.5.1"),
        ("nms_cpu", judge.NMS_KEPT, ""),
        (
            "nms_cpu",
            [0, 1, 2, 3],
            "torchvision.ops.nms kept the boxes [0, 1, 2, 3] of a known case, where [0, 2, 3] is right",
        ),
    ],
)
def test_torch(check: str, value: Any, reason: str) -> None:
    (step,) = [step for step in judge.steps(expectation({"torch": TORCH})) if step.check == check]
    verdict = judge.judge(step, Measured(value=value, seconds=1.5))
    assert (verdict["verdict"], verdict["reason"]) == ("fail" if reason else "pass", reason)
    assert verdict["seconds"] == 1.5


@pytest.mark.parametrize(
    ("torch", "built", "verdict"),
    [
        ({"version": "2.5.1", "cuda": "cpu", "cuda_version": ""}, None, "pass"),
        ({"version": "2.5.1", "cuda": "cpu"}, "12.4", "fail"),
        ({"version": "2.5.1", "cuda": "cu118"}, "11.8", "pass"),
        ({"version": "2.5.1", "cuda": "cu130"}, "12.8", "fail"),
        ({"version": "2.5.1"}, "12.4", "pass"),
    ],
)
def test_the_build_is_compared_where_it_is_asked_for(torch: dict[str, str], built: str | None, verdict: str) -> None:
    step = judge.steps(expectation({"torch": torch}))[1]
    assert judge.judge(step, Measured(value={"version": "2.5.1", "cuda": built}))["verdict"] == verdict


def test_what_was_not_measured_is_no_pass() -> None:
    step = Step("nms_cpu", "nms")
    blocked = judge.judge(step, Measured(blocked="torch"))
    assert (blocked["verdict"], blocked["reason"]) == (
        "skip",
        "not run: torch does not import, as an earlier check says",
    )
    assert judge.judge(step, Measured(not_run="why"))["reason"] == "not run: why"
    failed = judge.judge(step, Measured(error="it crashed"))
    assert (failed["verdict"], failed["reason"]) == ("fail", "it crashed")
    assert judge.judge(Step("nms_cuda", "nms"), Measured(value=None))["verdict"] == "skip"


def test_the_known_case_of_nms_is_right() -> None:
    def overlap(a: list[float], b: list[float]) -> float:
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        both = max(width, 0.0) * max(height, 0.0)
        return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)

    kept: list[int] = []
    for index in sorted(range(len(probe.NMS_BOXES)), key=lambda i: -probe.NMS_SCORES[i]):
        if all(overlap(probe.NMS_BOXES[index], probe.NMS_BOXES[k]) <= probe.NMS_THRESHOLD for k in kept):
            kept.append(index)
    assert kept == judge.NMS_KEPT


def seen(*names: str, built: str | None = "12.4", error: str = "") -> Measured:
    return Measured(value={"built": built, "gpus": [{"name": name} for name in names], "error": error})


def node(*names: str, mig: str = "", cuda: str = "12.8", **changes: Any) -> dict[str, Any]:
    gpus = [{"name": name, "mig": mig} for name in names]
    return {"kind": "", "reason": "", "driver": "570.1", "cuda": cuda, "gpus": gpus, "broken": False, **changes}


@pytest.mark.parametrize(
    ("measured", "there", "visible", "verdict", "reason"),
    [
        (seen("H100"), node("H100"), None, "pass", ""),
        (seen(built=None), node("H100"), None, "skip", "this torch is built for the CPU and never sees a GPU"),
        (seen(), NO_GPU, None, "skip", "no nvidia-smi"),
        (seen(), {**NO_GPU, "reason": "driver mismatch", "broken": True}, None, "fail", "driver mismatch"),
        (seen(), node("H100"), "", "skip", "CUDA_VISIBLE_DEVICES='' hides every GPU"),
        (
            seen(error="No CUDA GPUs are available"),
            node("H100", "H100"),
            None,
            "fail",
            "the driver lists 2 GPUs, but torch sees none: No CUDA GPUs are available",
        ),
        (
            seen(built="13.0", error="driver too old"),
            node("A100", cuda="12.2"),
            None,
            "fail",
            "the driver lists 1 GPU, but torch sees none: it is built for CUDA 13.0, and driver 570.1 runs CUDA up to "
            "12.2; update the driver, or choose a build for CUDA 12",
        ),
        # A driver for 12.2 runs every 12.x, so it is not the driver's age.
        (
            seen(built="12.8"),
            node("A100", cuda="12.2"),
            None,
            "fail",
            "the driver lists 1 GPU, but torch sees none",
        ),
        (seen("H100"), node("H100", "H100"), None, "fail", "torch sees 1 GPU, but the driver lists 2"),
        (seen("H100"), node("H100", "H100"), "1", "pass", "torch sees 1 of 2 GPUs with CUDA_VISIBLE_DEVICES='1'"),
        (
            seen("A100 MIG 1g"),
            node("A100", "A100", mig="Enabled"),
            None,
            "pass",
            "MIG is on, where a process sees one slice, so the numbers are not compared",
        ),
        (
            seen("H100"),
            NO_GPU,
            None,
            "pass",
            "torch sees 1 GPU; not compared with the driver's list, as no nvidia-smi",
        ),
    ],
)
def test_gpus(measured: Measured, there: dict[str, Any], visible: str | None, verdict: str, reason: str) -> None:
    found = gpus.visible(measured.value, there, visible, 0.1)
    assert (found["check"], found["verdict"], found["reason"]) == ("gpu_visible", verdict, reason)


FLASH = {"name": "flash-attn", "imports": ["flash_attn"]}


def test_a_torch_extension_is_imported_and_flash_attention_is_run() -> None:
    expect = {"torch": {"version": "2.5.1", "cuda": "cu124"}, "imports": ["torch"], "torch_extensions": [FLASH]}
    checks = [step.check for step in judge.steps(expectation(expect))]
    assert checks.index("import:torch") + 1 == checks.index("import:flash_attn") < checks.index("gpu_visible")
    assert "flash_attention" in checks
    other = {**expect, "torch_extensions": [{"name": "fused", "imports": ["fused.ops"]}]}
    checks = [step.check for step in judge.steps(expectation(other))]
    assert ("import:fused.ops" in checks, "flash_attention" in checks) == (True, False)


@pytest.mark.parametrize(
    ("flash", "own", "verdict"),
    [(0.0004, 0.0002, "pass"), (0.0015, 0.0002, "pass"), (0.01, 0.0002, "fail"), (float("nan"), 0.0002, "fail")],
)
def test_flash_attention_is_measured_by_what_half_precision_costs_torch(flash: float, own: float, verdict: str) -> None:
    errors = {"output": {"flash": 0.0, "torch": 0.0}, "dq": {"flash": flash, "torch": own}}
    found = judge.judge(Step("flash_attention", "attention"), Measured(value={"gpu": "H100", "errors": errors}))
    assert found["verdict"] == verdict
    assert verdict == "pass" or found["reason"].startswith("flash attention on H100 is wrong: dq is off by")


def test_flash_attention_without_a_gpu_is_a_skip() -> None:
    found = judge.judge(Step("flash_attention", "attention"), Measured(value=None))
    assert (found["verdict"], found["reason"]) == ("skip", "torch sees no GPU")


def test_a_library_that_does_not_load_is_explained() -> None:
    error = "ImportError: /e/x.so: undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationE"
    found = judge.judge(Step("import:flash_attn", "import"), Measured(error=error))
    assert found["reason"].startswith("torch has no _ZN3c105ErrorC2ENS_14SourceLocationE: the wheel was compiled for")
    assert found["reason"].endswith(error)
