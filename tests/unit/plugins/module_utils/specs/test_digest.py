# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which differences of two specs lead to another environment."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs

BASE: dict[str, Any] = {
    "python": "3.11",
    "torch": {"version": "2.5.1", "torchvision": "0.20.1", "cuda": "cu118"},
    "packages": ["einops==0.8.1", "numpy==2.2.6"],
    "imports": ["torch", "einops"],
    "extra_index_urls": ["https://a/simple", "https://b/simple"],
}


FLASH: dict[str, Any] = {"name": "flash-attn", "version": "2.8.3"}
WHEEL = {"url": "https://host/flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl", "sha256": "a" * 64}


def of(name: str = "svd", mirror: str = "", **keys: Any) -> str:
    return digest(load_specs({name: {**BASE, **keys}}, index_url=mirror)[name])


def test_a_digest_is_a_sha256_and_stays() -> None:
    # A release is found by it, so a new version of the collection must not change it by accident.
    assert of() == "5d83a098158baaff77d934e1650ca80561ee7e9666c775124e7c647d66ff22b6"


@pytest.mark.parametrize(
    "keys",
    [
        {"name": "other"},
        {"description": "words"},
        {"api_keys": ["LUMA_API_KEY"]},
        {"system_packages": ["ffmpeg"]},
        {"mirror": "https://mirror/{build}"},
        {"packages": ["numpy == 2.2.6", "einops==0.8.1", "numpy==2.2.6"]},
        {"imports": ["einops", "torch"]},
    ],
)
def test_same_environment(keys: dict[str, Any]) -> None:
    assert of(**keys) == of()


@pytest.mark.parametrize(
    "keys",
    [
        {"python": "3.10"},
        {"torch": {**BASE["torch"], "cuda": "cu121"}},
        {"torch": {**BASE["torch"], "index_url": "default"}},
        {"torch": None},
        {"packages": ["einops==0.8.1", "numpy==2.2.5"]},
        {"build_packages": ["apex==1.0"]},
        {"torch_extensions": [{"name": "flash-attn", "version": "2.8.3"}]},
        {"constraints": ["tokenizers<1"]},
        {"environment": {"MAX_JOBS": "1"}},
        {"imports": ["torch"]},
        {"hashes": {"numpy": ["sha256:" + "a" * 64]}},
        {"extra_index_urls": ["https://b/simple", "https://a/simple"]},
        {"git_packages": [{"name": "clip", "url": "https://h/clip.git", "commit": "0" * 40}]},
        {"checkouts": [{"url": "https://h/clip.git", "commit": "0" * 40}]},
    ],
)
def test_another_environment(keys: dict[str, Any]) -> None:
    assert of(**keys) != of()


@pytest.mark.parametrize(
    ("keys", "same"),
    [
        ({"build": "never"}, True),
        ({"wheel": WHEEL}, True),
        ({"released_url": "none"}, True),
        ({"imports": ["flash_attn_2_cuda", "flash_attn"]}, True),
        ({"version": "2.8.2"}, False),
        ({"archs": ["90"]}, False),
        ({"environment": {"FLASH_ATTENTION_DISABLE_BACKWARD": "TRUE"}}, False),
        ({"url": "https://host/x.git", "commit": "0" * 40}, False),
        ({"imports": ["flash_attn"]}, False),
    ],
)
def test_an_extension_is_what_it_is_and_not_where_its_wheel_comes_from(keys: dict[str, Any], same: bool) -> None:
    assert (of(torch_extensions=[{**FLASH, **keys}]) == of(torch_extensions=[FLASH])) is same
