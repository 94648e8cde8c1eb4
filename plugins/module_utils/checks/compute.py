# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far computed numbers may be off, and what a GPU of a class is expected to do. Pure.

The bounds are those of Higham, Accuracy and Stability of Numerical Algorithms (2nd edition): for a sum of n products,
each element of a computed matrix product is off by at most gamma(n) = n u / (1 - n u) times the sum of the products'
absolute values, whatever the order of the additions (section 3.5, with lemma 3.1), where u is the unit roundoff. What
is measured is already divided by that sum. Added to it are the roundings before and after: tf32 cuts both factors to
11 significant bits, and bfloat16 and float16 round the result once. Tensor cores may cut instead of rounding when they
add, which doubles u.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.portable.model_env.plugins.module_utils.checks import gpus
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation

_U = {"float32": 2.0**-24, "tf32": 2.0**-11, "bfloat16": 2.0**-8, "float16": 2.0**-11}
# Winograd and FFT transforms, which cuDNN and oneDNN may choose, add in other orders and with larger numbers between;
# this factor is ours, not a theorem.
_TRANSFORMS = 16.0

# Dense rate with half-precision factors (10^12 operations a second) and memory bandwidth (10^9 bytes a second), by a
# part of the device's name, the longer before the shorter; from NVIDIA's data sheets, without sparsity.
CLASSES = {
    "H200": (989, 4800),
    "H100 PCIe": (756, 2000),
    "H100 NVL": (835, 3900),
    "H100": (989, 3350),
    "A100-SXM4-80GB": (312, 2039),
    "A100 80GB PCIe": (312, 1935),
    "A100": (312, 1555),
    "L40S": (362, 864),
    "L4": (121, 300),
    "A10": (125, 600),
    "V100": (125, 900),
    "T4": (65, 320),
}


def tolerance(kind: str, depth: int) -> float:
    """The largest relative error of a matrix product, see above.

    :param kind: ``float32``, ``tf32``, ``bfloat16`` or ``float16``.
    :param depth: number of products in each sum.
    """
    exact = kind == "float32"
    unit = _U["float32"] if exact else 2 * _U["float32"]
    sums = depth * unit / (1 - depth * unit)
    if exact:
        return sums
    around = 2 * _U[kind] + _U[kind] ** 2 if kind == "tf32" else _U[kind]
    return around + sums + around * sums


def matmul_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """What is wrong with the errors of a matrix product; "" if nothing is."""
    return _too_large(value["errors"], tolerance(value["kind"], value["depth"]))


def conv_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """The same of a convolution in float32."""
    return _too_large(value["errors"], _TRANSFORMS * tolerance("float32", value["depth"]))


def not_computed(value: Optional[Mapping[str, Any]]) -> str:
    """Why nothing was computed on a GPU; "" if something was."""
    if value is None:
        return gpus.none_seen(value)
    computed = any(error is not None for error in value["errors"].values())
    return "" if computed else "no GPU here has this arithmetic"


def nccl_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """What is wrong with the sum over all GPUs."""
    right = value["gpus"] * (value["gpus"] + 1) / 2
    return "" if value["sums"] == [right] else f"the GPUs' sum is {value['sums']}, where {[right]} is right"


def rate_remark(value: list[Mapping[str, Any]]) -> str:
    """What was reached of what the class of each device can do; information, never a fault."""
    words = []
    for gpu in value:
        if gpu["tflops"] is None:
            words.append(f"{gpu['name']}: not enough free memory to measure")
            continue
        stated = next((figures for part, figures in CLASSES.items() if part in gpu["name"]), None)
        of = f" (stated: {stated[0]} and {stated[1]})" if stated else ""
        words.append(f"{gpu['name']}: {gpu['tflops']} TFLOP/s, {gpu['gigabytes']} GB/s{of}")
    return "; ".join(words)


def _too_large(errors: Mapping[str, float | None], limit: float) -> str:
    bad = [f"{place}: {error:.2g}" for place, error in errors.items() if error is not None and error > limit]
    return f"the result is off by more than {limit:.2g} on {', '.join(bad)}" if bad else ""


ATTENTION_PACKAGE = "flash-attn"
# A kernel in half precision may be this many times as far from the truth as torch's own in half precision is, and a
# little more: what flash-attn's own tests allow (tests/test_flash_attn.py, 2 forward and 3 backward).
ATTENTION_FACTOR, ATTENTION_FLOOR = 3.0, 1e-3


def attention_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """What is wrong: each result against float32, measured by what half precision costs torch; "" if nothing is."""
    wrong = [
        f"{name} is off by {off['flash']:.2g}, torch's own by {off['torch']:.2g}"
        for name, off in value["errors"].items()
        # Not "greater": what is not a number fails, too.
        if not off["flash"] <= ATTENTION_FACTOR * off["torch"] + ATTENTION_FLOOR
    ]
    return f"flash attention on {value['gpu']} is wrong: {'; '.join(wrong)}" if wrong else ""
