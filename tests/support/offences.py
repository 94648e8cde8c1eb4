# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs with one thing wrong: what is written, where it is reported, and the line that mends it."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.specs import validate

Row = tuple[Any, str, str, str]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "a" * 64
CLIP = "https://github.com/openai/CLIP.git"
TORCH = {"version": "2.5.1", "cuda": "cu124"}
PIN = f'commit: "<40 hex digits>"   (git ls-remote {CLIP} main shows it)'
BUILD_LINE = 'cuda_torch_index_urls: {cu124: "<URL>"}'
TEMPLATE_LINE = f'cuda_torch_index_url: "https://download.pytorch.org/whl/{{build}}"; for one build {BUILD_LINE}'
PIN_HEAD = PIN.replace(" main ", " HEAD ")


def spec(**keys: Any) -> dict[str, Any]:
    return {"python": "3.11", **keys}


def packages(*requirements: Any, **keys: Any) -> dict[str, Any]:
    return spec(packages=list(requirements), **keys)


def torch(**keys: Any) -> dict[str, Any]:
    return spec(torch={**TORCH, **keys})


def git(**keys: Any) -> dict[str, Any]:
    return spec(git_packages=[{"name": "clip", "url": CLIP, **keys}])


def checkout(**keys: Any) -> dict[str, Any]:
    return spec(checkouts=[{"url": CLIP, "commit": COMMIT, **keys}])


WHEEL = "https://host/flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl"


def extension(**keys: Any) -> dict[str, Any]:
    return spec(torch=TORCH, torch_extensions=[{"name": "flash-attn", **keys}])


def the_only_offence(written: Any, path: str, problem: str, fix: str) -> None:
    """Check that a spec has one offence, and which.

    :param problem: a part of it.
    """
    normal, offences = validate({"model": written})
    assert [(offence.spec, offence.path, offence.fix) for offence in offences] == [("model", path, fix)]
    assert problem in offences[0].problem
    assert normal == {}
