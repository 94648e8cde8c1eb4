# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels that a host wants, as the modules ``plan`` and ``wheels`` answer them."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice

KEY: dict[str, Any] = {
    "package": "flash-attn", "version": "2.8.3", "commit": "", "python_tag": "cp311", "torch": "2.11", "cuda": "130",
    "cxx11abi": True, "platform": "linux_x86_64", "libc": "glibc2.36", "archs": ["90"],
}  # fmt: skip


def wanted(outcome: str = choice.COMPILE, trouble: str = "", **key: Any) -> dict[str, Any]:
    """One wheel; ``key`` is what differs from KEY."""
    looks = [choice.Look(choice.NODE, choice.MISS, "it has none of this key").as_dict()]
    names = {"environment": "demo", "name": "flash-attn", "wheel": "", "slug": "slug"}
    entry = Extension("flash-attn", "2.8.3").to_dict()
    asked = {"entry": entry, "torch": [], "index_url": "", "extra_index_urls": [], "find_links": []}
    return {**names, **asked, "looks": looks, "trouble": trouble, "key": {**KEY, **key}, "outcome": outcome}
