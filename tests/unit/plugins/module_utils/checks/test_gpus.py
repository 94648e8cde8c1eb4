# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GPUs: healthy, of a kind that torch knows. The reports of nvidia-smi are constructed (data/nvidia_smi/README.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import gpus
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.host import kernel_log
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import parse

DATA = Path(__file__).resolve().parents[3] / "data" / "nvidia_smi"
LOG = """[   12.3] nvidia: loading out-of-tree module taints kernel.
[ 9301.1] NVRM: Xid (PCI:0000:28:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
[ 9301.2] NVRM: Xid (PCI:0000:28:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
[ 9400.0] NVRM: Xid (PCI:0000:18:00): 31, pid=4711, name=python, Ch 00000008, intr 00000000. MMU Fault
"""


def node(name: str) -> dict[str, Any]:
    state = parse(CommandResult(("nvidia-smi",), 0, (DATA / f"constructed-{name}.xml").read_text(), "", 0.1))
    return {**state.as_dict(), "broken": state.broken}


@pytest.mark.parametrize(
    ("report", "xids", "verdict", "reasons"),
    [
        ("570.86.15-two-h100", [], "pass", [""]),
        ("570.86.15-two-h100", None, "pass", ["the kernel's log may not be read"]),
        ("570.86.15-two-h100", [("0000:18:00", 31)], "warn", ["the kernel's log has Xid 31 of 0000:18:00"]),
        ("570.86.15-two-h100", [("0000:18:00", 79)], "fail", ["the kernel's log has Xid 79 of 0000:18:00"]),
        (
            "570.86.15-h100-memory-errors",
            [],
            "fail",
            [
                "GPU 1 needs a reset",
                "GPU 1 has memory rows to be remapped",
                "GPU 1 has had 3 uncorrectable memory errors",
            ],
        ),
        ("570.86.15-h100-off-the-bus", [], "fail", ["GPU is lost"]),
    ],
)
def test_health(report: str, xids: list[tuple[str, int]] | None, verdict: str, reasons: list[str]) -> None:
    found = gpus.health(node(report), xids)
    assert found["verdict"] == verdict
    for reason in reasons:
        assert reason in found["reason"]
    assert found["value"]["gpus"][0]["persistence"] == "Enabled"


def test_a_gpu_that_is_counted_and_not_described_is_missed() -> None:
    found = gpus.health({**node("570.86.15-two-h100"), "attached": 8}, [])
    assert (found["verdict"], found["reason"]) == ("fail", "nvidia-smi counts 8 GPUs and describes 2")


def test_a_node_without_gpus_has_no_sick_ones() -> None:
    none = {"gpus": [], "broken": False, "reason": "no nvidia-smi"}
    assert gpus.health(none, None)["verdict"] == "skip"
    assert gpus.health({**none, "broken": True}, None)["verdict"] == "fail"


def test_the_kernels_log_tells_each_error_of_each_gpu_once() -> None:
    assert kernel_log.parse(LOG) == [("0000:28:00", 79), ("0000:18:00", 31)]


@pytest.mark.parametrize(
    ("gpu", "compiled", "runs"),
    [
        ("9.0", ["sm_80", "sm_90"], True),
        ("8.6", ["sm_80"], True),
        ("8.0", ["sm_86"], False),
        ("9.0", ["sm_80"], False),
        ("12.0", ["sm_90", "compute_90"], True),
        ("7.0", ["sm_75", "sm_80", "compute_120"], False),
        ("9.0", ["sm_90a"], True),
        ("10.0", ["sm_90a"], False),
        ("10.3", ["sm_100f"], True),
        ("10.3", ["sm_100a"], False),
        ("9.0", ["something"], False),
        ("9.0", [], False),
    ],
)
def test_compute_capability(gpu: str, compiled: list[str], runs: bool) -> None:
    problem = gpus.capability_problem({"gpus": [gpu], "compiled": compiled}, Expectation())
    assert (not problem) is runs
    assert runs or gpu in problem


def test_memory_that_somebody_has_taken() -> None:
    taken = {"free_mib": 12, "total_mib": 81559}
    assert gpus.memory_remark([{"free_mib": 80000, "total_mib": 81559}]) == ""
    assert "GPU 0 has 12 of 81559 MiB free" in gpus.memory_remark([taken])


NO_GPU = {"kind": "no_tool", "reason": "no nvidia-smi", "driver": "", "cuda": "", "gpus": [], "broken": False}


def seen(*names: str, built: str | None = "12.4", error: str = "") -> dict[str, Any]:
    return {"built": built, "gpus": [{"name": name} for name in names], "error": error}


def listed(*names: str, mig: str = "", cuda: str = "12.8", **changes: Any) -> dict[str, Any]:
    gpus = [{"name": name, "mig": mig} for name in names]
    return {"kind": "", "reason": "", "driver": "570.1", "cuda": cuda, "gpus": gpus, "broken": False, **changes}


@pytest.mark.parametrize(
    ("torch", "there", "visible", "verdict", "reason"),
    [
        (seen("H100"), listed("H100"), None, "pass", ""),
        (seen(built=None), listed("H100"), None, "skip", "this torch is built for the CPU and never sees a GPU"),
        (seen(), NO_GPU, None, "skip", "no nvidia-smi"),
        (seen(), {**NO_GPU, "reason": "driver mismatch", "broken": True}, None, "fail", "driver mismatch"),
        (seen(), listed("H100"), "", "skip", "CUDA_VISIBLE_DEVICES='' hides every GPU"),
        (
            seen(error="No CUDA GPUs are available"),
            listed("H100", "H100"),
            None,
            "fail",
            "the driver lists 2 GPUs, but torch sees none: No CUDA GPUs are available",
        ),
        (
            seen(built="13.0", error="driver too old"),
            listed("A100", cuda="12.2"),
            None,
            "fail",
            "the driver lists 1 GPU, but torch sees none: it is built for CUDA 13.0, and driver 570.1 runs CUDA up to "
            "12.2; update the driver, or choose a build for CUDA 12",
        ),
        # A driver for 12.2 runs every 12.x, so it is not the driver's age.
        (
            seen(built="12.8"),
            listed("A100", cuda="12.2"),
            None,
            "fail",
            "the driver lists 1 GPU, but torch sees none",
        ),
        (seen("H100"), listed("H100", "H100"), None, "fail", "torch sees 1 GPU, but the driver lists 2"),
        (seen("H100"), listed("H100", "H100"), "1", "pass", "torch sees 1 of 2 GPUs with CUDA_VISIBLE_DEVICES='1'"),
        (
            seen("A100 MIG 1g"),
            listed("A100", "A100", mig="Enabled"),
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
def test_what_torch_sees_against_what_the_driver_lists(
    torch: dict[str, Any], there: dict[str, Any], visible: str | None, verdict: str, reason: str
) -> None:
    found = gpus.visible(torch, there, visible, 0.1)
    assert (found["check"], found["verdict"], found["reason"]) == ("gpu_visible", verdict, reason)
