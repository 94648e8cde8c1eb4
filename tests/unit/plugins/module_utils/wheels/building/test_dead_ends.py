# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dead ends: each one with its message, and a build that runs into none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.sizes import GIB
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import dead_ends
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.dead_ends import Situation
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

KEY = WheelKey(
    package="flash-attn",
    version="2.8.3.post2",
    commit="",
    python_tag="cp311",
    torch="2.11",
    cuda="130",
    cxx11abi=True,
    platform="linux_x86_64",
    libc="glibc2.36",
    archs=("90",),
)
NEEDS = frozenset({"ninja", "packaging", "psutil", "setuptools", "wheel", "torch"})
GOOD = Situation(
    KEY,
    cxx="/usr/bin/c++",
    nvcc="13.0",
    nvcc_path="/cuda/bin/nvcc",
    nvcc_archs=("75", "80", "90", "100", "120"),
    torch_standard=17,
    memory=24 * GIB,
    gib_per_job=3.0,
    installed=NEEDS,
    here=replace(KEY, libc="glibc2.31"),
)


def key(**fields: Any) -> WheelKey:
    return replace(KEY, **fields)


CASES: dict[str, tuple[Situation, str, str]] = {
    "no_cxx": (
        replace(GOOD, cxx=""),
        "flash-attn cannot be compiled: this node has no C++ compiler, and there is no wheel for it",
        "install g++",
    ),
    "no_nvcc": (
        replace(GOOD, key=key(cuda="124"), here=key(cuda="124"), nvcc="", nvcc_path=""),
        "flash-attn cannot be compiled: this node has no nvcc for CUDA 12.4, and there is no wheel for it",
        "install the CUDA toolkit 12.4 on the build host",
    ),
    "cuda_major": (
        replace(GOOD, nvcc="12.8"),
        "nvcc is of CUDA 12.8 (/cuda/bin/nvcc), and torch of CUDA 13.0",
        "set CUDA_HOME to a toolkit of CUDA 13.0",
    ),
    "no_archs": (
        replace(GOOD, key=key(archs=())),
        "nobody says for which GPUs flash-attn is to be compiled",
        "name them",
    ),
    "no_kernels": (
        replace(GOOD, key=key(archs=("75", "90")), here=key(archs=("75", "90"))),
        "flash-attn has no code for sm_75",
        "leave it out of the spec",
    ),
    "architecture": (
        replace(GOOD, nvcc_archs=("75", "80")),
        "nvcc 13.0 (/cuda/bin/nvcc) does not compile for sm_90",
        "choose a torch whose CUDA knows these GPUs",
    ),
    "cxx_standard": (
        replace(GOOD, key=key(torch="2.14"), here=key(torch="2.14"), torch_standard=20),
        "flash-attn 2.8.3.post2 is compiled as C++17, and the headers of torch 2.14 need C++20",
        "choose an older torch",
    ),
    "glibc": (
        replace(GOOD, here=key(libc="glibc2.41")),
        "a wheel that is compiled here needs glibc2.41, and it is for nodes with glibc2.36",
        "name a build host with glibc2.36 or older",
    ),
    "another_environment": (
        replace(GOOD, here=key(cuda="129", python_tag="cp312")),
        "the build environment is not what the wheel is for: its Python is cp312, wanted is cp311; its CUDA is 129, "
        "wanted is 130",
        "check where this host gets torch from",
    ),
    "memory": (
        replace(GOOD, memory=GIB),
        "one compiler needs about 3.0 GiB, and this build may use 1.0 GiB",
        "give the build more memory",
    ),
    "build_tools": (
        replace(GOOD, installed=NEEDS - {"psutil", "ninja"}),
        "the build environment lacks ninja, psutil",
        "add them to the build tools",
    ),
}


def test_a_build_that_can_come_to_a_good_end() -> None:
    assert dead_ends.find(GOOD) == []
    dead_ends.refuse(GOOD)


def test_what_is_not_known_is_no_dead_end() -> None:
    assert dead_ends.find(Situation(KEY)) == []


def test_a_compiler_from_wheels_is_none_either() -> None:
    assert dead_ends.find(replace(GOOD, nvcc="", nvcc_path="", nvcc_archs=())) == []


def test_without_a_gpu_no_nvcc_is_needed() -> None:
    cpu = key(cuda="cpu", archs=())
    assert dead_ends.find(replace(GOOD, key=cpu, here=cpu, nvcc="", nvcc_path="")) == []


def test_every_entry_has_a_case_and_a_source() -> None:
    assert list(CASES) == [entry.id for entry in dead_ends.TABLE]
    assert all(entry.source for entry in dead_ends.TABLE)


def test_the_documentation_has_every_message() -> None:
    text = (Path(__file__).parents[6] / "docs" / "wheels.md").read_text(encoding="utf-8")
    rows = {line.split(" | ")[0]: line for line in text.splitlines()}
    for entry, (_situation, what, _todo) in CASES.items():
        assert rows[f"| `{entry}`"].endswith(f" | {what} |")


@pytest.mark.parametrize("entry", CASES)
def test_dead_ends(entry: str) -> None:
    situation, what, todo = CASES[entry]
    with pytest.raises(ModelEnvError) as caught:
        dead_ends.refuse(situation)
    assert (caught.value.what, caught.value.kind) == (what, "dead_end")
    assert caught.value.todo.startswith(todo)
    assert caught.value.details == {"id": entry, "all": [entry]}


def test_all_of_them_are_told() -> None:
    with pytest.raises(ModelEnvError) as caught:
        dead_ends.refuse(replace(GOOD, cxx="", memory=GIB))
    assert caught.value.details["all"] == ["no_cxx", "memory"]
