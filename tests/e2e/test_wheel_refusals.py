# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that are refused, by the module itself: most of them before anything is installed."""

from __future__ import annotations

import os
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.cuda_compiler import CudaCompilers
from ansible_collections.portable.model_env.tests.support.builder import BUILD_TOOLS, PACKAGING, PSUTIL, Builder
from ansible_collections.portable.model_env.tests.support.memory_group import MemoryGroup
from ansible_collections.portable.model_env.tests.support.toolkits import toolkit

FLASH = {"package": "flash-attn", "version": "2.8.3.post2", "cuda": "130", "archs": ["90"]}
# id -> what of the key, whether the node has an nvcc of CUDA 13.0, variables, words of the message
EARLY: dict[str, tuple[dict[str, Any], bool, dict[str, str], str]] = {
    "no_cxx": (FLASH, True, {"CXX": "no-such-compiler"}, "no C++ compiler, and there is no wheel for it"),
    "no_nvcc": ({**FLASH, "cuda": "118"}, False, {}, "no nvcc for CUDA 11.8, and there is no wheel for it"),
    "cuda_major": ({**FLASH, "cuda": "124"}, True, {}, "nvcc is of CUDA 13.0"),
    "no_archs": ({**FLASH, "archs": []}, True, {}, "nobody says for which GPUs"),
    "no_kernels": ({**FLASH, "archs": ["75"]}, True, {}, "flash-attn has no code for sm_75"),
    "architecture": ({**FLASH, "archs": ["120"]}, True, {}, "does not compile for sm_120"),
}


def fetched(builder: Builder) -> bool:
    """Whether the source was asked for."""
    return any("tiny" in path for path in builder.index.requests)


@pytest.mark.parametrize("entry", EARLY)
def test_refused_before_anything_is_installed(builder: Builder, entry: str) -> None:
    fields, nvcc, environ, words = EARLY[entry]
    if nvcc:
        environ = {**environ, "CUDA_HOME": str(toolkit(builder.folder / "cuda", "13.0"))}
    elif CudaCompilers(CommandRunner(), os.environ).of_node("11.8"):
        pytest.skip("this machine has a toolkit of CUDA 11")
    key = {**builder.key.as_dict(), **fields}
    for check_mode in (True, False):
        error = builder.run(environ, key=key, _ansible_check_mode=check_mode)["error"]
        assert (error["kind"], error["details"]["id"]) == ("dead_end", entry)
        assert words in error["what"]
        assert error["todo"]
    assert not list(builder.root.glob("build/flash_attn-*"))


def test_too_little_memory_is_refused_before_anything_is_installed(builder: Builder) -> None:
    try:
        with MemoryGroup.of(1 << 30) as group:
            result = builder.run(preexec_fn=group.join)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    assert result["error"]["details"] == {"id": "memory", "all": ["memory"]}
    assert not builder.build.exists()


def test_another_torch_and_an_older_libc_than_the_build_environment_has(builder: Builder) -> None:
    error = builder.run(key={**builder.key.as_dict(), "torch": "2.12", "libc": "glibc2.17"})["error"]
    assert error["details"] == {"id": "glibc", "all": ["glibc", "another_environment"]}
    assert f"needs {builder.key.libc}, and it is for nodes with glibc2.17" in error["what"]
    assert not fetched(builder)
    error = builder.run(key={**builder.key.as_dict(), "torch": "2.12"})["error"]
    assert "its torch is 2.13, wanted is 2.12" in error["what"]


def test_a_missing_build_tool_is_named(builder: Builder) -> None:
    """Of a package that is not known, only its own setup.py tells; the tools of every build are known before."""
    builder.sdist()
    assert builder.run(build_tools=[PACKAGING])["error"]["details"]["id"] == "build_tools"
    assert not fetched(builder)
    error = builder.run(build_tools=[tool for tool in BUILD_TOOLS if tool != PSUTIL])["error"]
    assert error["what"] == "tiny-attn needs the module psutil"
    assert error["todo"] == "add the distribution that has it to the build tools"
