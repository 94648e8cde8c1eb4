# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a compiled wheel: its name, what fits where, and the names of released wheels."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import (
    WheelKey,
    mismatches,
    released_mismatches,
    released_wheel,
)

FACTS = {
    "python_tag": "cp311",
    "torch": "2.11.0+cu130",
    "cuda": "13.0",
    "cxx11abi": True,
    "platform": "linux_x86_64",
    "libc": "glibc2.36",
    "gpus": ["90"],
}
KEY = WheelKey.from_facts(FACTS, "Flash_Attn", "2.8.3.post2")
COMMIT = "418d677192b483dfc1decfdf9aadca57b2485a5f"


def test_the_folder_name_says_all_of_the_key() -> None:
    assert KEY.slug() == "flash_attn-2.8.3.post2-cp311-torch2.11-cu130-cxx11abiTRUE-linux_x86_64-glibc2.36-sm90"


@pytest.mark.parametrize(
    ("facts", "arguments", "ending"),
    [
        ({"gpus": ["90", "86"]}, {}, "-glibc2.36-sm80_90"),
        ({"gpus": []}, {}, "-glibc2.36"),
        ({}, {"archs": ["120", "80"]}, "-glibc2.36-sm80_120"),
        ({"cuda": "", "torch": "2.13.0"}, {"archs": ["90"]}, "-torch2.13-cpu-cxx11abiTRUE-linux_x86_64-glibc2.36"),
        ({"cxx11abi": False}, {}, "-cu130-cxx11abiFALSE-linux_x86_64-glibc2.36-sm90"),
    ],
)
def test_folder_names(facts: dict[str, Any], arguments: dict[str, Any], ending: str) -> None:
    assert WheelKey.from_facts({**FACTS, **facts}, "flash-attn", "2.8.3.post2", **arguments).slug().endswith(ending)


@pytest.mark.parametrize(("version", "shown"), [("2.6.3", "2.6.3.g418d677192b4"), ("", "g418d677192b4")])
def test_a_commit_is_in_the_folder_name(version: str, shown: str) -> None:
    key = WheelKey.from_facts(FACTS, "flash-attn", version, COMMIT)
    assert key.slug().startswith(f"flash_attn-{shown}-cp311-")


def test_as_data_and_back() -> None:
    assert WheelKey.from_dict(json.loads(json.dumps(KEY.as_dict()))) == KEY


@pytest.mark.parametrize(
    ("wheel", "clauses"),
    [
        ({}, []),
        ({"libc": "glibc2.31"}, []),
        ({"archs": ("80", "90")}, []),
        ({"libc": "glibc2.38"}, ["it needs glibc2.38, and glibc2.36 is here"]),
        ({"libc": "musl1.2"}, ["it needs musl1.2, and glibc2.36 is here"]),
        ({"archs": ("80",)}, ["it has no code for sm_90 (it is for sm_80)"]),
        ({"archs": ()}, ["it has no code for sm_90 (it is for no GPU at all)"]),
        ({"torch": "2.10"}, ["its torch is 2.10, wanted is 2.11"]),
        ({"cuda": "129"}, ["its CUDA is 129, wanted is 130"]),
        ({"cxx11abi": False}, ["its C++11 ABI is False, wanted is True"]),
        ({"python_tag": "cp310"}, ["its Python is cp310, wanted is cp311"]),
        ({"platform": "linux_aarch64"}, ["its platform is linux_aarch64, wanted is linux_x86_64"]),
        ({"version": "2.8.3"}, ["its version is 2.8.3, wanted is 2.8.3.post2"]),
        ({"commit": COMMIT}, [f"its commit is {COMMIT}, wanted is none"]),
        ({"package": "xformers"}, ["its package is xformers, wanted is flash-attn"]),
    ],
)
def test_what_fits_where(wheel: dict[str, Any], clauses: list[str]) -> None:
    assert mismatches(replace(KEY, **wheel), KEY) == clauses


def test_a_wheel_for_80_runs_on_86_and_not_the_other_way_round() -> None:
    older, newer = replace(KEY, archs=("80",)), replace(KEY, archs=("86",))
    assert mismatches(older, newer) == []
    assert mismatches(newer, older) == ["it has no code for sm_80 (it is for sm_86)"]


@pytest.mark.parametrize(
    ("version", "torch", "cuda", "cxx11abi", "name"),
    [
        ("2.5.8", "2.2.2", "12.1", False, "2.5.8+cu122torch2.2cxx11abiFALSE"),
        ("2.6.0.post1", "2.2.2", "12.1", False, "2.6.0.post1+cu122torch2.2cxx11abiFALSE"),
        ("2.6.3", "2.4.0", "12.4", False, "2.6.3+cu123torch2.4cxx11abiFALSE"),
        ("2.6.3", "2.4.0", "11.8", False, "2.6.3+cu118torch2.4cxx11abiFALSE"),
        ("2.7.0.post2", "2.5.1", "12.4", False, "2.7.0.post2+cu12torch2.5cxx11abiFALSE"),
        ("2.8.3", "2.11.0", "13.0", True, "2.8.3+cu12torch2.11cxx11abiTRUE"),
        ("2.8.3.post2", "2.11.0", "13.0", True, "2.8.3.post2+cu13torch2.11cxx11abiTRUE"),
        ("2.8.3.post2", "2.8.0", "12.8", True, "2.8.3.post2+cu12torch2.8cxx11abiTRUE"),
        ("2.8.3.post2", "2.11.0", "", True, ""),
        ("1.0.9", "2.0.1", "11.7", False, ""),
    ],
)
def test_names_of_released_wheels(version: str, torch: str, cuda: str, cxx11abi: bool, name: str) -> None:
    facts = {**FACTS, "torch": torch, "cuda": cuda, "cxx11abi": cxx11abi}
    key = WheelKey.from_facts(facts, "flash-attn", version)
    whole = f"flash_attn-{name}-cp311-cp311-linux_x86_64.whl" if name else ""
    wheel = released_wheel(key)
    assert (wheel.name if wheel else "") == whole
    assert wheel is None or wheel.url.endswith(f"/v{version}/{whole}")


def test_a_commit_and_an_unknown_package_have_no_released_wheel() -> None:
    assert released_wheel(replace(KEY, commit=COMMIT)) is None
    assert released_wheel(replace(KEY, package="other")) is None


@pytest.mark.parametrize(
    ("version", "cuda", "libc", "clauses"),
    [
        ("2.8.3.post2", "130", "glibc2.36", []),
        ("2.8.3", "128", "glibc2.36", []),
        ("2.8.3", "130", "glibc2.36", ["it is for CUDA 12, and torch is for CUDA 13"]),
        ("2.6.3", "124", "glibc2.31", []),
        ("2.8.3", "128", "glibc2.31", ["it needs glibc2.35, and glibc2.31 is here"]),
    ],
)
def test_a_released_wheel_that_would_not_work_is_told(version: str, cuda: str, libc: str, clauses: list[str]) -> None:
    key = replace(KEY, version=version, cuda=cuda, libc=libc)
    wheel = released_wheel(key)
    assert wheel is not None
    assert released_mismatches(key, wheel) == clauses
