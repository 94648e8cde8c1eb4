# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the computing probes ask of torch, by a stand-in of it; that they compute right is proven with a real one."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.probes import compute

MIB = 1 << 20


class Cuda:
    """Two GPUs of different kinds."""

    capabilities = ((9, 0), (7, 5))

    @classmethod
    def device_count(cls) -> int:
        """How many."""
        return len(cls.capabilities)

    @classmethod
    def get_device_capability(cls, place: str) -> tuple[int, int]:
        """By its name, as cuda:1."""
        return cls.capabilities[int(place.partition(":")[2])]

    @staticmethod
    def get_arch_list() -> list[str]:
        """What torch was compiled for."""
        return ["sm_75", "sm_90"]

    @staticmethod
    def mem_get_info(place: str) -> tuple[int, int]:
        """Free and whole memory."""
        return (5 * MIB + 9, 80 * MIB) if place == "cuda:0" else (MIB, 16 * MIB)


def torch(cuda: str | None = "12.4", gpus: bool = True) -> Any:
    none = SimpleNamespace(device_count=lambda: 0)
    return SimpleNamespace(version=SimpleNamespace(cuda=cuda), cuda=Cuda if gpus else none)


@pytest.mark.parametrize("without", [torch(None), torch(gpus=False)], ids=["for the cpu", "no gpu"])
def test_what_needs_a_gpu_computes_nothing_without_one(without: Any) -> None:
    assert compute.matmul(without, "cuda", "float16") is None
    assert compute.conv(without, "cuda") is None
    for name in ("capability", "memory", "nccl", "rate"):
        assert compute.PROBES[name](without) is None


def test_every_gpu_is_told_of() -> None:
    assert compute.capability(torch()) == {"compiled": ["sm_75", "sm_90"], "gpus": ["9.0", "7.5"]}
    assert compute.memory(torch()) == [
        {"free_mib": 5, "total_mib": 80},
        {"free_mib": 1, "total_mib": 16},
    ]


class Newer:
    """A backend that refuses the older way to say it, as torch does since 2.9 once the newer one was used."""

    fp32_precision = "none"

    @property
    def allow_tf32(self) -> bool:
        """As torch."""
        raise RuntimeError("mix of the legacy and new APIs")


@pytest.mark.parametrize(("allowed", "older", "newer"), [(True, True, "tf32"), (False, False, "ieee")])
def test_tf32_is_said_in_the_way_that_this_torch_takes_and_undone(allowed: bool, older: bool, newer: str) -> None:
    old = SimpleNamespace(allow_tf32=not allowed)
    undo = compute._set_tf32(old, allowed)
    assert old.allow_tf32 is older
    undo()
    assert old.allow_tf32 is not allowed
    new = Newer()
    undo = compute._set_tf32(new, allowed)
    assert new.fp32_precision == newer
    undo()
    assert new.fp32_precision == "none"


def test_a_result_that_is_no_number_is_as_far_off_as_can_be() -> None:
    class Errors(list[float]):
        def max(self) -> float:
            """As a tensor."""
            return float(max(self))

    finite = SimpleNamespace(isfinite=lambda errors: SimpleNamespace(all=lambda: not any(map(math.isnan, errors))))
    assert compute._largest(finite, Errors([0.1, 0.5])) == 0.5
    assert compute._largest(finite, Errors([0.1, float("nan")])) == 1e300


def test_each_device_is_asked_in_turn() -> None:
    assert compute._everywhere(torch(), "cpu", str.upper) == {"cpu": "CPU"}
    assert compute._everywhere(torch(), "cuda", str.upper) == {"cuda:0": "CUDA:0", "cuda:1": "CUDA:1"}
