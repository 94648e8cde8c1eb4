# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a build, from ninja's own files."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import ninja

# As torch.utils.cpp_extension of torch 2.11 writes it, shortened.
BUILD = """ninja_required_version = 1.3
cxx = c++

rule compile
  command = $cxx -MMD -MF $out.d $cflags -c $in -o $out $post_cflags

build /b/temp/api.o: compile /b/csrc/api.cpp
build /b/temp/with$ blank.o: cuda_compile /b/csrc/with$ blank.cu
build /b/temp/last.o: cuda_compile /b/csrc/last.cu

build all: phony /b/temp/api.o
"""
LOG = """# ninja log v7
1\t26559\t1795447266846650875\t/b/temp/api.o\t2dca90dfdc707ad1
1\t108597\t1795447266849731120\t/b/temp/with blank.o\tc2aabda5890ddac4
2\t3\t1795447266849731121\t/b/temp/with blank.o\tc2aabda5890ddac5
1\t2\t3\t/b/temp/of another build.o\tc2
torn line"""


def test_progress() -> None:
    assert ninja.outputs(BUILD) == {"/b/temp/api.o", "/b/temp/with blank.o", "/b/temp/last.o"}
    assert ninja.progress([(BUILD, LOG)]) == (2, 3)
    assert ninja.progress([(BUILD, LOG), (BUILD, "")]) == (2, 6)
    assert ninja.progress([]) == (0, 0)
