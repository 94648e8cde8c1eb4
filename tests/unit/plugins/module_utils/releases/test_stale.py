# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels for another torch than the one beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases import difference, stale
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed, Receipt
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.tests.support.specs import make_spec

EXTENSION = {"name": "flash-attn", "key": {"torch": "2.5", "cuda": "124", "python_tag": "cp311"}}
RECEIPT = Receipt(extensions=(EXTENSION,))


def spec(python: str = "3.11", version: str = "2.5.0", cuda_version: str = "12.4") -> Spec:
    return make_spec(python=python, torch={"version": version, "cuda": "cu124", "cuda_version": cuda_version})


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (spec(), ""),
        (spec(version="2.6.0"), "it is for torch 2.5, and now there is torch 2.6"),
        (spec(version="2.6.0", cuda_version="12.6"), "torch 2.5, CUDA 12.4, and now there is torch 2.6, CUDA 12.6"),
        (spec(cuda_version=""), "CUDA 12.4, and now there is no CUDA"),
        (spec(python="3.12.1"), "cp311, and now there is cp312"),
        (make_spec(), ""),
    ],
)
def test_a_spec_that_makes_a_wheel_stale(wanted: Spec, said: str) -> None:
    lines = stale.by_spec(RECEIPT, wanted)
    assert (said in lines[0]) if said else lines == []


def test_a_torch_put_in_by_hand_is_a_fault_of_the_release() -> None:
    torch = Installed("2.6.0+cu126", "2.6.0+cu126", "index", (1, 1))
    before = Installed("2.5.1+cu124", "2.5.1+cu124", "index", (1, 1))
    receipt = replace(RECEIPT, spec_digest="d", distributions={"torch": before})
    faults = difference.faults(difference.ReleaseState(receipt, distributions={"torch": torch}), "d")
    assert faults == [
        "torch 2.5.1+cu124 was replaced by 2.6.0+cu126 by hand",
        "the wheel of flash-attn is stale: it is for torch 2.5, and now there is torch 2.6",
    ]
    assert stale.by_hand(RECEIPT, {"torch": before}) == []
