# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed build says, in the words of the tools (g++ 12.2, nvcc 13.0, torch 2.11 and 2.14, pip 26.0)."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import output as build_output


@pytest.mark.parametrize(
    ("output", "rc"),
    [
        ("  g++: fatal error: Killed signal terminated program cc1plus\n  compilation terminated.", 1),
        ("  nvcc error   : 'cicc' died due to signal 9 (Kill signal)", 1),
        ("  subprocess.CalledProcessError: Command '['ninja', '-v']' died with <Signals.SIGKILL: 9>.", 1),
        ("  cc1plus: out of memory allocating 65536 bytes after a total of 1 bytes", 1),
        ("virtual memory exhausted: Cannot allocate memory", 1),
        ("OSError: [Errno 12] Cannot allocate memory", 1),
        ("", -9),
        ("", 137),
    ],
)
def test_memory(output: str, rc: int) -> None:
    assert build_output.killed_by_memory(output, rc)


@pytest.mark.parametrize("output", ["error: expected ';'", "ninja: build stopped: subcommand failed.", ""])
def test_not_memory(output: str) -> None:
    assert not build_output.killed_by_memory(output, 1)


@pytest.mark.parametrize(
    ("output", "kind", "what", "why"),
    [
        (
            "  /e/torch/all.h:5:2: error: #error C++20 or later compatible compiler is required to use PyTorch.",
            "build_failed",
            "is compiled as an older C++ than torch's headers need",
            "C++20 or later compatible compiler is required to use PyTorch.",
        ),
        (
            "/e/c10/x.h:20:8: error: 'strong_ordering' is not a member of 'std'",
            "build_failed",
            "is compiled as an older C++ than torch's headers need",
            "std::strong_ordering is of C++20",
        ),
        (
            "  ModuleNotFoundError: No module named 'psutil'\n  error: subprocess-exited-with-error",
            "build_failed",
            "needs the module psutil",
            "setup.py imports it",
        ),
        (
            "OSError: [Errno 18] Invalid cross-device link: 'a.whl' -> '/tmp/x/a.whl'",
            "build_failed",
            "moved a file across filesystems",
            "setup.py renames a.whl to /tmp/x/a.whl",
        ),
        (
            "nvcc fatal   : Unsupported gpu architecture 'compute_130'",
            "build_failed",
            "asks nvcc for compute_130",
            "this nvcc does not know it",
        ),
        (
            "RuntimeError: \n  The detected CUDA version (12.4) mismatches the version that was used to compile\n"
            "  PyTorch (13.0). Please make sure to use the same CUDA versions.",
            "build_failed",
            "found nvcc 12.4, and torch is of CUDA 13.0",
            "torch refuses another major version",
        ),
        ("  x.cpp: fatal error: write: No space left on device", "no_space", "ran out of disk space", "No space"),
        (
            "  a.cpp:3:1: error: 'y' was not declared",
            "build_failed",
            "failed",
            "a.cpp:3:1: error: 'y' was not declared",
        ),
        ("nothing to be made of", "build_failed", "failed", ""),
    ],
)
def test_other_failures(output: str, kind: str, what: str, why: str) -> None:
    failure = build_output.explain(output)
    assert (failure.kind, failure.what) == (kind, what)
    assert failure.why.startswith(why)
