# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resolver is asked: everything of a spec at once, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
import tomllib

from ansible_collections.portable.model_env.plugins.module_utils.locks.question import (
    configuration,
    git_requirement,
    question,
    resolved_digest,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import GitPackage
from ansible_collections.portable.model_env.tests.support.specs import make_spec

COMMIT = "c" * 40
GIT = {"name": "clip", "url": "https://host/clip.git", "commit": COMMIT}


def test_everything_is_asked_at_once_and_what_the_spec_names_wins() -> None:
    spec = make_spec(
        torch={"version": "2.5.1", "cuda": "cu124", "requirements": ["torch==2.5.1"]},
        packages=["Pip==25.3"],
        build_packages=["mmcv==2.1.0"],
        git_packages=[{**GIT, "build_isolation": False}],
        torch_extensions=[{"name": "flash-attn", "version": "2.8.3"}],
        hashes={"pip": ["sha256:ab"]},
    )
    seeds = ["pip==26.0.1", 'setuptools==80.9.0; python_version < "3.12"']
    asked = question(spec, seeds, ["ninja==1"], {"clip": COMMIT})
    assert [one.text for one in asked.wanted] == [
        "torch==2.5.1",
        "Pip==25.3",
        "mmcv==2.1.0",
        f"clip @ git+https://host/clip.git@{COMMIT}",
        "flash-attn==2.8.3",
    ]
    assert asked.wanted[1].hashes == ("sha256:ab",)
    assert asked.seeds == ('setuptools==80.9.0; python_version < "3.12"', "ninja==1")
    assert [one.text for one in asked.lines(strict_seeds=False)][-2:] == [
        'setuptools ; python_version < "3.12"',
        "ninja",
    ]
    assert asked.metadata == {"flash-attn": ("torch", "einops")}


def test_build_tools_come_only_with_what_is_built_without_isolation() -> None:
    assert question(make_spec(packages=["a==1"]), [], ["ninja==1"], {}).seeds == ()


def test_the_configuration_is_toml_of_which_names_cannot_break_out() -> None:
    text = configuration({"flash-attn": ("torch", 'einops; python_version < "4"')})
    assert tomllib.loads(text) == {
        "dependency-metadata": [{"name": "flash-attn", "requires-dist": ["torch", 'einops; python_version < "4"']}]
    }


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"description": "x"}, True),
        ({"imports": ["a"]}, True),
        ({"extra_index_urls": ["https://mirror/simple"]}, True),
        ({"packages": ["a==2"]}, False),
        ({"constraints": ["b<2"]}, False),
        ({"git_packages": [GIT]}, False),
        ({"python": "3.12"}, False),
    ],
)
def test_a_lock_fits_as_long_as_the_same_is_asked_for(change: dict[str, Any], same: bool) -> None:
    before = make_spec(packages=["a==1"])
    assert (resolved_digest(make_spec(**{"packages": ["a==1"], **change})) == resolved_digest(before)) is same


def test_git_requirements() -> None:
    package = GitPackage(name="clip", url="https://host/clip.git", extras=("gpu",), subdirectory="python")
    assert git_requirement(package, "c0").text == "clip[gpu] @ git+https://host/clip.git@c0#subdirectory=python"
    editable = git_requirement(package, "c0", "/r/src/clip")
    assert (editable.text, editable.editable) == ("/r/src/clip/python[gpu]", True)
