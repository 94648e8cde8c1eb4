# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted CUDA toolkits that answer as nvcc does."""

from __future__ import annotations

from pathlib import Path

# The answer of nvcc 13.0.88, with the version left open.
_NVCC = """#!/bin/sh
if [ "$1" = --list-gpu-arch ]; then
    printf 'compute_80\\ncompute_90\\ncompute_100\\n'
else
    echo 'nvcc: NVIDIA (R) Cuda compiler driver'
    echo 'Copyright (c) 2005-2025 NVIDIA Corporation'
    echo 'Built on Wed_Aug_20_01:58:59_PM_PDT_2025'
    echo 'Cuda compilation tools, release {version}, V{version}.88'
fi
"""


def toolkit(folder: Path, version: str) -> Path:
    """Plant the compiler of a CUDA version; it knows the architectures 80, 90 and 100.

    :returns: the toolkit's folder, ``folder``.
    """
    (folder / "bin").mkdir(parents=True)
    nvcc = folder / "bin" / "nvcc"
    nvcc.write_text(_NVCC.replace("{version}", version))
    nvcc.chmod(0o755)
    return folder
