# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CUDA compiler as wheels: which versions belong to which CUDA, and where they lie in an environment.

NVIDIA ships nvcc as wheels since CUDA 13. The wheels for CUDA 12 (``nvidia-cuda-nvcc-cu12``, looked at: 12.4.131 and
12.9.86) hold ptxas and libnvvm, but no nvcc, and those for CUDA 11 neither; there a node needs a toolkit of its own.
"""

from __future__ import annotations

# CUDA of torch without its dot -> exact requirements. All four carry the CUDA version in their own version and unpack
# to nvidia/cu13/{bin,include,lib,nvvm} (read off the wheels). With 13.0 flash-attn 2.8.3.post2 was compiled (73 files).
# 13.2 is read off the index; nothing was compiled with it.
COMPILERS: dict[str, tuple[str, ...]] = {
    "130": (
        "nvidia-cuda-nvcc==13.0.88",
        "nvidia-cuda-crt==13.0.88",
        "nvidia-nvvm==13.0.88",
        "nvidia-cuda-cccl==13.0.85",
    ),
    "132": (
        "nvidia-cuda-nvcc==13.2.86",
        "nvidia-cuda-crt==13.2.86",
        "nvidia-nvvm==13.2.86",
        "nvidia-cuda-cccl==13.2.86",
    ),
}


def requirements(cuda: str) -> tuple[str, ...]:
    """The compiler's wheels for torch's CUDA (``130``); empty where there are none."""
    return COMPILERS.get(cuda, ())


def home(cuda: str) -> str:
    """The toolkit's folder below ``site-packages``, e.g. ``nvidia/cu13``: torch's own CUDA libraries lie there, too."""
    return f"nvidia/cu{cuda[:-1]}"
