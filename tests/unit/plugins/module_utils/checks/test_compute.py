# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tolerances: what real arithmetic does stays within them, and what a broken device does does not."""

from __future__ import annotations

import random
import struct

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import compute
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation

DEPTH = 256
NOTHING = Expectation()


def rounded(number: float, bits: int) -> float:
    """To so many significant bits of a float32's 24."""
    (pattern,) = struct.unpack("<I", struct.pack("<f", number))
    shift = 24 - bits
    pattern = (pattern + (1 << shift >> 1)) >> shift << shift
    return float(struct.unpack("<f", struct.pack("<I", pattern))[0])


def worst(factor_bits: int, sum_bits: int, result_bits: int) -> float:
    """The largest relative error of sums of products, computed with the given numbers of significant bits."""
    source, largest = random.Random(1), 0.0
    for _element in range(200):
        left, right = ([rounded(source.gauss(0, 1), 24) for _number in range(DEPTH)] for _side in range(2))
        exact = sum(a * b for a, b in zip(left, right))
        total = 0.0
        for a, b in zip(left, right):
            total = rounded(total + rounded(rounded(a, factor_bits) * rounded(b, factor_bits), sum_bits), sum_bits)
        yardstick = sum(abs(a * b) for a, b in zip(left, right))
        largest = max(largest, abs(rounded(total, result_bits) - exact) / yardstick)
    return largest


@pytest.mark.parametrize(("kind", "factor_bits", "result_bits"), [("float32", 24, 24), ("tf32", 11, 24)])
def test_right_arithmetic_is_within(kind: str, factor_bits: int, result_bits: int) -> None:
    error = worst(factor_bits, 24, result_bits)
    assert 0 < error < compute.tolerance(kind, DEPTH)
    assert compute.matmul_problem({"kind": kind, "depth": DEPTH, "errors": {"cuda:0": error}}, NOTHING) == ""


def test_tf32_does_not_pass_for_float32() -> None:
    assert worst(11, 24, 24) > compute.tolerance("float32", DEPTH)


@pytest.mark.parametrize(
    ("kind", "at_most"), [("float32", 2e-5), ("tf32", 2e-3), ("float16", 1e-3), ("bfloat16", 5e-3)]
)
def test_the_tolerances_as_figures(kind: str, at_most: float) -> None:
    assert at_most / 2 < compute.tolerance(kind, DEPTH) < at_most


@pytest.mark.parametrize("kind", ["float32", "tf32", "float16", "bfloat16"])
def test_a_wrong_result_is_a_problem_with_its_device(kind: str) -> None:
    value = {"kind": kind, "depth": DEPTH, "errors": {"cuda:0": 0.0, "cuda:1": 0.5, "cuda:2": None}}
    problem = compute.matmul_problem(value, NOTHING)
    assert "on cuda:1: 0.5" in problem and "cuda:0" not in problem


def test_a_convolution_may_be_off_by_more_and_not_by_much_more() -> None:
    fine, wrong = ({"depth": 144, "errors": {"cpu": error}} for error in (1e-5, 1e-3))
    assert compute.conv_problem(fine, NOTHING) == ""
    assert compute.conv_problem(wrong, NOTHING)


def test_the_sum_over_all_gpus() -> None:
    assert compute.nccl_problem({"gpus": 4, "sums": [10.0]}, NOTHING) == ""
    assert compute.nccl_problem({"gpus": 4, "sums": [1.0, 10.0]}, NOTHING) != ""


def test_rates_are_told_beside_those_of_the_class() -> None:
    known = {"name": "NVIDIA H100 PCIe", "tflops": 600.5, "gigabytes": 1800.0}
    assert compute.rate_remark([known]) == "NVIDIA H100 PCIe: 600.5 TFLOP/s, 1800.0 GB/s (stated: 756 and 2000)"
    assert "stated" not in compute.rate_remark([{**known, "name": "Another"}])
    assert "not enough free memory" in compute.rate_remark([{**known, "tflops": None}])


@pytest.mark.parametrize(
    ("flash", "own", "wrong"),
    [(0.0004, 0.0002, False), (0.0015, 0.0002, False), (0.01, 0.0002, True), (float("nan"), 0.0002, True)],
)
def test_flash_attention_is_measured_by_what_half_precision_costs_torch(flash: float, own: float, wrong: bool) -> None:
    errors = {"output": {"flash": 0.0, "torch": 0.0}, "dq": {"flash": flash, "torch": own}}
    problem = compute.attention_problem({"gpu": "H100", "errors": errors}, NOTHING)
    assert bool(problem) is wrong
    assert not wrong or problem.startswith("flash attention on H100 is wrong: dq is off by")


def test_what_no_gpu_computed_is_no_answer() -> None:
    assert compute.not_computed(None) == "torch sees no GPU"
    assert compute.not_computed({"errors": {"cuda:0": None}}) == "no GPU here has this arithmetic"
    assert compute.not_computed({"errors": {"cuda:0": None, "cuda:1": 0.0}}) == ""
