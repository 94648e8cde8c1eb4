# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheel key of an environment that does not exist yet, from its spec and its node. Pure.

It is a prediction: once torch is installed, the environment itself is asked (``wheels/torch_facts.py``), and what it
says counts. What it said of a torch build before is remembered on the node and wins over the table here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import Version
from ansible_collections.portable.model_env.plugins.module_utils.requirements.wheel_names import python_tag
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Torch
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

# The first torch whose Linux builds all have the new C++11 ABI, and the builds of the version before that have it.
#
# Sources: `set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=...")` in torch/share/cmake/Torch/TorchConfig.cmake of the
# default wheels for x86_64, read for this table: 0 in 2.0.1, 2.1.2, 2.3.1, 2.4.0, 2.5.0, 2.5.1 and 2.6.0 (all
# manylinux1), 1 in 2.7.0 and 2.7.1 (manylinux_2_28); from 2.8 on the file does not say, the wheels are manylinux_2_28,
# and torch._C._GLIBCXX_USE_CXX11_ABI of 2.11.0+cu130 and 2.13.0+cpu is True. The PyTorch 2.6 release notes say that its
# CUDA 12.6 and aarch64 builds are CXX11_ABI=1 already, and pull request 142064 of pytorch/pytorch did it.
_ALL_NEW = (2, 7)
_SOME_NEW = (2, 6)
_NEW_BUILDS = ("cu126",)
_NEW_MACHINES = ("aarch64",)


def build_name(torch: Torch, machine: str) -> str:
    """What tells one torch build from another, e.g. ``2.5.1+cu124-x86_64``; facts are remembered under it."""
    return f"{torch.version}+{torch.cuda}-{machine}"


def cxx11abi(torch: Torch, machine: str) -> bool:
    """Which C++11 ABI a published torch build was compiled with.

    :param machine: as the kernel names it, e.g. ``x86_64``.
    """
    minor = Version(torch.version).release[:2]
    if minor >= _ALL_NEW:
        return True
    return minor >= _SOME_NEW and (torch.cuda in _NEW_BUILDS or machine in _NEW_MACHINES)


def facts(python: str, torch: Torch, node: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What ``wheels/torch_facts.py`` is expected to say of the spec's environment.

    :param python: version of the spec's interpreter.
    :param node: ``machine`` (x86_64), ``libc`` (glibc2.36) and ``gpus`` (compute capabilities such as 90).
    :param known: what environments of this node have said before, by :func:`build_name`.
    """
    machine = str(node["machine"])
    said = (known or {}).get(build_name(torch, machine)) or {}
    return {
        "python_tag": python_tag(python),
        "torch": torch.version,
        "cuda": torch.cuda_version,
        "cxx11abi": bool(said.get("cxx11abi", cxx11abi(torch, machine))),
        "platform": f"linux_{machine}",
        "libc": node["libc"],
        "gpus": list(node["gpus"]),
    }


def key(entry: Extension, said: Mapping[str, Any], archs: list[str] | tuple[str, ...] = ()) -> WheelKey:
    """The key of one torch extension in an environment of which ``said`` are the facts, predicted or real.

    :param entry: of a spec, with a commit where it has a tag.
    :param archs: those of the inventory; the entry's own win, and the environment's GPUs come last.
    """
    wanted = entry.archs or archs
    return WheelKey.from_facts(said, entry.name, entry.version, entry.commit, wanted)


def wheel_name(wanted: WheelKey) -> str:
    """File name of the wheel that a build for this key gives (PEP 427); ``*`` for a version that nobody knows yet."""
    name, tag = wanted.package.replace("-", "_"), wanted.python_tag
    return f"{name}-{wanted.version or '*'}-{tag}-{tag}-{wanted.platform}.whl"


def needs_archs(wanted: WheelKey) -> bool:
    """Whether nobody has said for which GPUs it is to be compiled."""
    return wanted.cuda != "cpu" and not wanted.archs
