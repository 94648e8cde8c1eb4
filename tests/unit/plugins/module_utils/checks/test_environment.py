# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interpreter and the builds of torch, against what is expected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import environment, table
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured, ProbeCall, verdict_of
from ansible_collections.portable.model_env.plugins.module_utils.checks.probe_runner import ProbeRunner
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.probes import environment as probe
from ansible_collections.portable.model_env.tests.support import planted
from ansible_collections.portable.model_env.tests.support.specs import expectation

TORCH = {"version": "2.5.1", "torchvision": "0.20.1", "torchaudio": "2.5.1", "cuda": "cu124", "cuda_version": "12.4"}


def verdict(name: str, given: dict[str, Any], measured: Measured) -> Verdict:
    expect = expectation(given)
    (check,) = [one for one in table.asked(expect) if one.name == name]
    return verdict_of(check, measured, expect)


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
    assert environment.same_release(found, wanted, prefix) is same


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
    found = verdict("interpreter", {"python": "3.11", "isolated": isolated}, Measured(value=value))
    assert (found["verdict"], found["reason"]) == ("fail" if reason else "pass", reason)


@pytest.mark.parametrize(("closed", "word"), [(True, "fail"), (False, "pass")])
def test_a_path_from_elsewhere_is_a_fault_only_where_everything_was_built_here(closed: bool, word: str) -> None:
    measured = Measured(value=interpreter(injected=["/home/me/src"]))
    found = verdict("interpreter", {"closed": closed}, measured)
    assert found["verdict"] == word
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
        ("nms_cpu", environment.NMS_KEPT, ""),
        (
            "nms_cpu",
            [0, 1, 2, 3],
            "torchvision.ops.nms kept the boxes [0, 1, 2, 3] of a known case, where [0, 2, 3] is right",
        ),
    ],
)
def test_torch(check: str, value: Any, reason: str) -> None:
    found = verdict(check, {"torch": TORCH}, Measured(value=value, seconds=1.5))
    assert (found["verdict"], found["reason"]) == ("fail" if reason else "pass", reason)
    assert found["seconds"] == 1.5


@pytest.mark.parametrize(
    ("torch", "built", "word"),
    [
        ({"version": "2.5.1", "cuda": "cpu", "cuda_version": ""}, None, "pass"),
        ({"version": "2.5.1", "cuda": "cpu"}, "12.4", "fail"),
        ({"version": "2.5.1", "cuda": "cu118"}, "11.8", "pass"),
        ({"version": "2.5.1", "cuda": "cu130"}, "12.8", "fail"),
        ({"version": "2.5.1"}, "12.4", "pass"),
    ],
)
def test_the_build_is_compared_where_it_is_asked_for(torch: dict[str, str], built: str | None, word: str) -> None:
    measured = Measured(value={"version": "2.5.1", "cuda": built})
    assert verdict("torch_build", {"torch": torch}, measured)["verdict"] == word


BRIDGE = """
__version__ = "2.2.2"
class ones(list):
    def __init__(self, number):
        super().__init__([1] * number)
    def numpy(self):
        {body}
"""


@pytest.mark.parametrize(
    ("numpy", "body", "word", "reason"),
    [
        ("", "return self", "skip", "numpy is not installed"),
        ("1.26.4", "return self", "pass", ""),
        ("1.26.4", "return [1, 0]", "fail", "numpy 1.26.4 got [1.0, 0.0] for two ones"),
        (
            "2.2.6",
            "raise RuntimeError('Numpy is not available')",
            "fail",
            "torch cannot use numpy 2.2.6 (Numpy is not available); torch before 2.3 needs numpy below 2",
        ),
    ],
)
def test_the_bridge_to_numpy(tmp_path: Path, numpy: str, body: str, word: str, reason: str) -> None:
    installed = planted.Environment(tmp_path / "env").plant(torch=BRIDGE.format(body=body))
    if numpy:
        installed.plant(numpy=f"__version__ = {numpy!r}\n")
    probes = ProbeRunner(CommandRunner(), installed.python, environ=os.environ, limit=30.0)
    measured = probes.measure({"numpy_bridge": ProbeCall("numpy")})["numpy_bridge"]
    found = verdict("numpy_bridge", {"torch": TORCH}, measured)
    assert (found["verdict"], found["reason"]) == (word, reason)


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
    assert kept == environment.NMS_KEPT
