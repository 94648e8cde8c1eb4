# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that asks something of torch, compiled here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Asks torch for a function that takes a string, and the C library for one that it has for long.
_SOURCE = """
#include <string>
#include <cstdio>
namespace c10 { void complain(const std::string& text); }
extern "C" void use() { std::puts("x"); c10::complain(std::string("no")); }
"""


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The same library for the new (True) and the old C++11 ABI."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("there is no g++")
    folder = tmp_path_factory.mktemp("libraries")
    (folder / "use.cpp").write_text(_SOURCE)
    found = {}
    for abi in (True, False):
        found[abi] = folder / f"use{int(abi)}.so"
        flags = ["-shared", "-fPIC", f"-D_GLIBCXX_USE_CXX11_ABI={int(abi)}", "-o", str(found[abi])]
        subprocess.run([compiler, *flags, str(folder / "use.cpp")], check=True)
    return found
