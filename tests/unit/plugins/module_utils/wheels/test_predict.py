# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key before there is an environment: the table of ABIs, and what goes into a prediction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, Torch
from ansible_collections.portable.model_env.plugins.module_utils.wheels import predict

NODE = {"machine": "x86_64", "libc": "glibc2.35", "gpus": ["89"]}
ENTRY = Extension("flash-attn", "2.8.3")


def facts(version: str = "2.5.1", cuda: str = "cu124", cuda_version: str = "12.4", known: Any = None) -> dict[str, Any]:
    return predict.facts("3.11.7", Torch(version, cuda=cuda, cuda_version=cuda_version), NODE, known)


@pytest.mark.parametrize(
    ("version", "cuda", "machine", "abi"),
    [
        ("2.0.1", "cu117", "x86_64", False),
        ("2.5.1", "cu124", "x86_64", False),
        ("2.6.0", "cu124", "x86_64", False),
        ("2.6.0", "cpu", "x86_64", False),
        ("2.6.0", "cu126", "x86_64", True),
        ("2.6.0", "cpu", "aarch64", True),
        ("2.7.0", "cu118", "x86_64", True),
        ("2.11.0", "cu130", "x86_64", True),
    ],
)
def test_the_abi_of_published_builds(version: str, cuda: str, machine: str, abi: bool) -> None:
    assert predict.cxx11abi(Torch(version, cuda=cuda), machine) is abi


def test_a_prediction_is_what_the_environment_would_say() -> None:
    key = predict.key(ENTRY, facts())
    assert key.slug() == "flash_attn-2.8.3-cp311-torch2.5-cu124-cxx11abiFALSE-linux_x86_64-glibc2.35-sm80"


def test_what_an_environment_said_before_wins_over_the_table() -> None:
    known = {"2.5.1+cu124-x86_64": {"cxx11abi": True}}
    assert facts(known=known)["cxx11abi"] is True
    assert facts("2.5.0", known=known)["cxx11abi"] is False


@pytest.mark.parametrize(
    ("own", "inventory", "archs"),
    [([], [], ("80",)), ([], ["90"], ("90",)), (["100"], ["90"], ("100",))],
)
def test_architectures_come_from_the_spec_the_inventory_or_the_gpus(
    own: list[str], inventory: list[str], archs: tuple[str, ...]
) -> None:
    said = facts()
    assert predict.key(replace(ENTRY, archs=tuple(own)), said, inventory).archs == archs


def test_a_torch_for_the_cpu_needs_no_architecture() -> None:
    key = predict.key(ENTRY, predict.facts("3.11", Torch("2.13.0", cuda="cpu"), {**NODE, "gpus": []}))
    assert (key.cuda, key.archs, predict.needs_archs(key)) == ("cpu", (), False)


def test_a_commit_without_a_version_has_no_certain_file_name() -> None:
    entry = replace(ENTRY, version="", commit="a" * 40)
    key = predict.key(entry, facts())
    assert predict.wheel_name(key) == "flash_attn-*-cp311-cp311-linux_x86_64.whl"
