# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CUDA compiler as wheels."""

from __future__ import annotations

import re

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import cuda_wheels


@pytest.mark.parametrize("cuda", sorted(cuda_wheels.COMPILERS))
def test_a_compiler_is_pinned_and_of_its_cuda(cuda: str) -> None:
    wanted = cuda_wheels.requirements(cuda)
    assert {one.partition("==")[0] for one in wanted} == {
        "nvidia-cuda-nvcc", "nvidia-cuda-crt", "nvidia-nvvm", "nvidia-cuda-cccl",
    }  # fmt: skip
    release = f"{cuda[:-1]}.{cuda[-1]}."
    assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", one) and one.partition("==")[2].startswith(release) for one in wanted)


@pytest.mark.parametrize("cuda", ["118", "124", "129", "cpu", "999"])
def test_where_there_is_none_the_node_needs_a_toolkit(cuda: str) -> None:
    assert cuda_wheels.requirements(cuda) == ()


def test_where_it_lies() -> None:
    assert cuda_wheels.home("130") == "nvidia/cu13"
