# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the dynamic linker in plain words."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import linker_errors


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("ImportError: /e/flash_attn_2_cuda.so: undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationE",
         "torch has no _ZN3c105ErrorC2ENS_14SourceLocationE: the wheel was compiled for another torch"),
        ("ImportError: /e/x.so: undefined symbol: _ZN3c106detail14torchCheckFailEPKcS2_jRKSs", "other C++11 ABI"),
        ("ImportError: /e/x.so: undefined symbol: _ZN2at4_ops5zeros4callERKNSt7__cxx1112basic_stringE", "C++11 ABI"),
        ("ImportError: /e/x.so: undefined symbol: kernel4", "no library of this environment has the symbol kernel4"),
        ("ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.32' not found (required by /e/x.so)",
         "the node's C library is too old: the wheel was compiled where there is GLIBC_2.32"),
        ("ImportError: libstdc++.so.6: version `GLIBCXX_3.4.32' not found", "the node's C++ library is too old"),
        ("ImportError: libcudart.so.12: cannot open shared object file", "is a part of torch's CUDA"),
        ("ModuleNotFoundError: No module named 'x'", ""),
    ],
)  # fmt: skip
def test_errors_of_the_linker(error: str, cause: str) -> None:
    found = linker_errors.cause(error)
    assert (cause in found) if cause else found == ""
