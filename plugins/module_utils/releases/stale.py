# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels that were compiled for another torch than the one that is, or will be, beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed, Receipt
from ansible_collections.portable.model_env.plugins.module_utils.requirements.wheel_names import python_tag
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import cuda_of, minor_of


def by_spec(receipt: Receipt, spec: Spec) -> list[str]:
    """The extensions of a release whose wheels do not fit the torch or the Python of a new spec, a line each.

    :param receipt: of the release.
    """
    torch = spec.torch
    if not torch:
        return []
    wanted = {
        "torch": minor_of(torch.version),
        "cuda": cuda_of(torch.cuda_version),
        "python_tag": python_tag(spec.python),
    }
    return _lines(receipt, wanted)


def by_hand(receipt: Receipt, found: Mapping[str, Installed]) -> list[str]:
    """The same for a torch that was put in by hand.

    :param found: the distributions of the release as they are now.
    """
    torch = found.get("torch")
    return _lines(receipt, {"torch": minor_of(torch.version)}) if torch else []


def _lines(receipt: Receipt, wanted: Mapping[str, str]) -> list[str]:
    lines = []
    for extension in receipt.extensions:
        key = extension.get("key") or {}
        differing = [name for name, value in wanted.items() if name in key and key[name] != value]
        if differing:
            old = ", ".join(_shown(name, key[name]) for name in differing)
            new = ", ".join(_shown(name, wanted[name]) for name in differing)
            lines.append(f"the wheel of {extension['name']} is stale: it is for {old}, and now there is {new}")
    return lines


def _shown(name: str, value: str) -> str:
    if name == "cuda":
        return "no CUDA" if value == "cpu" else f"CUDA {value[:-1]}.{value[-1]}"
    return f"torch {value}" if name == "torch" else value
