# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compilers: which nvcc is taken, with planted toolkits that answer as nvcc does, and with this machine's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import cuda_compiler
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.cuda_compiler import (
    CudaCompilers,
    Nvcc,
)
from ansible_collections.portable.model_env.tests.support.toolkits import toolkit

MACHINE = "/usr/local/cuda"


def compilers(tmp_path: Path, **environ: str) -> CudaCompilers:
    return CudaCompilers(CommandRunner(), {"PATH": "/bin:/usr/bin", **environ}, f"{tmp_path}/cuda*")


def test_a_node_without_one(tmp_path: Path) -> None:
    assert compilers(tmp_path).of_node("13.0") is None


def test_what_an_nvcc_says(tmp_path: Path) -> None:
    home = toolkit(tmp_path / "cuda-13.0", "13.0")
    found = compilers(tmp_path).of_node("13.0")
    assert found is not None
    assert (found.home, found.version, found.archs, found.wheels) == (str(home), "13.0", ("80", "90", "100"), False)
    assert found.path == f"{home}/bin/nvcc"


@pytest.mark.parametrize(
    ("torch", "taken"), [("13.0", "13.0"), ("13.2", "13.0"), ("12.4", "12.4"), ("12.9", "12.8"), ("11.8", "")]
)
def test_the_same_version_then_the_newest_of_the_same_major(tmp_path: Path, torch: str, taken: str) -> None:
    for version in ("12.4", "12.8", "13.0"):
        toolkit(tmp_path / f"cuda-{version}", version)
    os.symlink(tmp_path / "cuda-12.4", tmp_path / "cuda")
    found = compilers(tmp_path).of_node(torch)
    assert (found.version if found else "") == taken


def test_what_the_operator_names_is_taken_whatever_it_is(tmp_path: Path) -> None:
    toolkit(tmp_path / "cuda-13.0", "13.0")
    mine = toolkit(tmp_path / "mine", "12.4")
    assert compilers(tmp_path, CUDA_HOME=str(mine)).of_node("13.0") == Nvcc(str(mine), "12.4")
    assert compilers(tmp_path, CUDA_HOME=f"{tmp_path}/gone").of_node("13.0") == Nvcc(f"{tmp_path}/cuda-13.0", "13.0")


def test_one_on_the_path(tmp_path: Path) -> None:
    home = toolkit(tmp_path / "elsewhere", "13.0")
    (tmp_path / "bin").mkdir()
    os.symlink(home / "bin" / "nvcc", tmp_path / "bin" / "nvcc")
    found = compilers(tmp_path, PATH=f"{tmp_path}/bin:/usr/bin:/bin").of_node("13.0")
    assert found == Nvcc(str(home), "13.0")


def test_one_from_wheels(tmp_path: Path) -> None:
    home = toolkit(tmp_path / "site" / "nvidia" / "cu13", "13.0")
    (home / "lib").mkdir()
    for name in ("libcudart.so.13", "libnvvm.so.4", "libcudart_static.a", "libhas.so.1", "libhas.so"):
        (home / "lib" / name).write_text("")
    found = compilers(tmp_path).of_wheels(str(tmp_path / "site"), "130")
    assert found == Nvcc(str(home), "13.0", wheels=True)
    links = tmp_path / "links"
    for _again in range(2):
        cuda_compiler.link_libraries(found, str(links))
    assert {p.name: os.readlink(p) for p in links.iterdir()} == {
        "libcudart.so": f"{home}/lib/libcudart.so.13",
        "libnvvm.so": f"{home}/lib/libnvvm.so.4",
    }
    assert cuda_compiler.variables(found, str(links)) == {
        "CUDA_HOME": str(home),
        "PATH": f"{home}/bin",
        "CPATH": f"{home}/include:{home}/include/cccl",
        "LIBRARY_PATH": f"{home}/lib:{links}",
    }


def test_one_of_the_node_needs_no_search_paths(tmp_path: Path) -> None:
    assert cuda_compiler.variables(Nvcc("/cuda", "13.0"), str(tmp_path)) == {"CUDA_HOME": "/cuda", "PATH": "/cuda/bin"}


def test_one_that_does_not_run(tmp_path: Path) -> None:
    (toolkit(tmp_path / "cuda-13.0", "13.0") / "bin" / "nvcc").write_text("#!/bin/sh\nexit 1\n")
    assert compilers(tmp_path).of_node("13.0") is None


def test_the_cxx_that_torch_takes(tmp_path: Path) -> None:
    own = tmp_path / "own-c++"
    own.write_text("#!/bin/sh\necho own 1.0\n")
    own.chmod(0o755)
    assert compilers(tmp_path, CXX=str(own)).cxx() == str(own)
    assert compilers(tmp_path).version_of(str(own)) == "own 1.0"
    assert compilers(tmp_path, PATH=str(tmp_path)).cxx() == ""


@pytest.mark.skipif(not os.access(f"{MACHINE}/bin/nvcc", os.X_OK), reason="this machine has no CUDA toolkit")
def test_this_machine() -> None:
    found = CudaCompilers(CommandRunner(), os.environ).read(MACHINE)
    assert found is not None
    assert "90" in found.archs
    assert found.version.partition(".")[0].isdigit()
