# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about torch's builds, and how a torch block is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.specs import torch_builds
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch

OWN = torch_builds.index_urls()


@pytest.mark.parametrize(
    ("torch", "requirements", "index_url"),
    [
        # What the default wheel carries needs no further index and has a plain version.
        ({"version": "2.4.0", "cuda": "cu121"}, ["torch==2.4.0"], ""),
        ({"version": "2.5.1", "torchvision": "0.20.1", "torchaudio": "", "cuda": "cu124", "index_url": ""},
         ["torch==2.5.1", "torchvision==0.20.1"], ""),
        ({"version": "2.11.0", "cuda": "cu130"}, ["torch==2.11.0"], ""),
        ({"version": "2.15.0", "cuda": "cu132"}, ["torch==2.15.0"], ""),
        # Any other build names itself.
        ({"version": "2.5.0", "torchvision": "0.20.0", "cuda": "cu121"},
         ["torch==2.5.0+cu121", "torchvision==0.20.0+cu121"], "https://download.pytorch.org/whl/cu121"),
        ({"version": "2.5.1", "cuda": "cpu"}, ["torch==2.5.1+cpu"], "https://download.pytorch.org/whl/cpu"),
        ({"version": "2.15.0", "cuda": "cu130"}, ["torch==2.15.0+cu130"], "https://download.pytorch.org/whl/cu130"),
        # A torch that the tables do not know is taken from an index that names its build.
        ({"version": "2.99.0", "cuda": "cu130"}, ["torch==2.99.0+cu130"], "https://download.pytorch.org/whl/cu130"),
        # The user's word wins.
        ({"version": "2.5.1", "cuda": "cu124", "index_url": "https://m/x"}, ["torch==2.5.1+cu124"], "https://m/x"),
        ({"version": "2.5.1", "cuda": "cu118", "index_url": "default"}, ["torch==2.5.1"], ""),
    ],
)  # fmt: skip
def test_requirements_for(torch: dict[str, Any], requirements: list[str], index_url: str) -> None:
    assert torch_builds.requirements_for(Torch(**torch), OWN) == (tuple(requirements), index_url)


@pytest.mark.parametrize(
    "urls", [("default", {}), ("", {"cu118": "default"}), ("https://m/{build}", {"cu118": "default"})]
)
def test_a_mirror_that_says_nothing_of_builds(urls: tuple[str, dict[str, str]]) -> None:
    torch = Torch("2.5.1", "cu118", "0.20.1")
    wanted = ("torch==2.5.1", "torchvision==0.20.1")
    assert torch_builds.requirements_for(torch, torch_builds.index_urls(*urls)) == (wanted, "")


def test_a_build_without_index_names_the_option() -> None:
    with pytest.raises(ModelEnvError, match="the option `index_urls`: ") as caught:
        torch_builds.requirements_for(Torch("2.5.1", "cu999"), OWN)
    assert caught.value.kind == "invalid"


def test_index_urls() -> None:
    urls = torch_builds.index_urls("https://m/{build}/simple", {"cu118": "https://n/x", "cu999": "https://o/{build}"})
    assert (urls["cu124"], urls["cu118"], urls["cu999"]) == (
        "https://m/cu124/simple",
        "https://n/x",
        "https://o/cu999",
    )
    assert set(OWN) == set(torch_builds.INDEX_BUILDS)


@pytest.mark.parametrize(("build", "version"), [("cu118", "11.8"), ("cu130", "13.0"), ("cpu", ""), ("rocm6", "")])
def test_cuda_version(build: str, version: str) -> None:
    assert torch_builds.cuda_version(build) == version
    assert torch_builds.is_build(build) == (build != "rocm6")


def test_the_tables_agree_with_each_other() -> None:
    for version, release in torch_builds.RELEASES.items():
        assert {release.default, *release.builds} <= set(torch_builds.INDEX_BUILDS), version
        assert not release.builds or release.default in release.builds, version
    for torch in torch_builds.TRIOS:
        assert torch_builds.release_of(torch) is not None, torch
        for name, versions in torch_builds.matched(torch).items():
            assert {torch_builds.torch_of(name, version) for version in versions} <= {torch}
    everything = [version for vision, audio in torch_builds.TRIOS.values() for version in vision]
    assert len(everything) == len(set(everything))
    assert torch_builds.matched("2.99.0") == {}
    assert torch_builds.torch_of("torchvision", "9.9.9") == ""
