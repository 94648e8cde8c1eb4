# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks, lists and texts where something else belongs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.specs import shape
from ansible_collections.portable.model_env.tests.support.offences import (
    COMMIT,
    SHA256,
    Row,
    checkout,
    git,
    packages,
    spec,
    the_only_offence,
    torch,
)

# fmt: off
ROWS: list[Row] = [
    ([], "", "a list where a block of keys belongs", '{python: "3.11", packages: ["einops==0.8.1"]}'),
    ({}, "python", "`python` is missing", 'python: "3.11"'),
    ({"python": 3.1}, "python", "the number 3.1 where a text", 'python: "3.10"'),
    ({"python": 3.12}, "python", "the number 3.12 where a text", 'python: "3.12"'),
    ({"python": "python3.10"}, "python", "is no version of Python", 'python: "3.10"'),
    ({"python": "2.7"}, "python", "is no version of Python", 'python: "3.11"'),
    ({"pyhton": "3.11"}, "pyhton", "did you mean `python`?", 'python: "3.11"'),
    (spec(pakages=["a==1"]), "pakages", "did you mean `packages`?", 'packages: ["a==1"]'),
    (spec(zzz=1), "zzz", "unknown key `zzz`",
     "remove it; known keys: " + ", ".join(shape.SPEC)),
    (torch(torchvison="0.20.1"), "torch.torchvison", "did you mean `torchvision`?", 'torchvision: "0.20.1"'),
    (git(commit=COMMIT, sub_directory="x"), "git_packages[0].sub_directory", "did you mean `subdirectory`?",
     'subdirectory: "x"'),
    (checkout(dest="x"), "checkouts[0].dest", "unknown key", "remove it; known keys: url, commit, tag, path"),
    (spec(packages="einops==0.8.1"), "packages", "where a list belongs", 'packages: ["einops==0.8.1"]'),
    (spec(packages={"a": 1}), "packages", "a block where a list belongs", 'packages: ["diffusers==0.35.2"]'),
    (packages(1), "packages[0]", "the number 1 where a text belongs", 'packages: ["1"]'),
    (packages({"name": "a"}), "packages[0]", "a block where a text belongs", 'packages: ["..."]'),
    (packages(None), "packages[0]", "nothing where a text belongs", 'packages: ["None"]'),
    (spec(torch="2.5.1"), "torch", "where a block of keys belongs",
     'torch: {version: "2.5.1", torchvision: "0.20.1", cuda: cu124}'),
    (spec(git_packages=["x"]), "git_packages[0]", "where a block of keys belongs",
     '- [{name: clip, url: "https://host/clip.git", commit: <40 hex digits>}]'),
    (git(commit=COMMIT, editable="yes"), "git_packages[0].editable", "where true or false belongs", "editable: true"),
    (git(commit=COMMIT, extras="gpu"), "git_packages[0].extras", "where a list belongs", 'extras: ["gpu"]'),
    (spec(environment=["A=1"]), "environment", "where a block of keys belongs", 'environment: {MAX_JOBS: "2"}'),
    (spec(environment={"MAX_JOBS": 2}), "environment.MAX_JOBS", "the number 2", 'MAX_JOBS: "2"'),
    (spec(environment={"FORCE": True}), "environment.FORCE", "the truth value true", 'FORCE: "true"'),
    (spec(environment={1: "x"}), "environment.1", "the key `1` is no text", '"1": ...'),
    (spec(description=["x"]), "description", "a list where a text belongs", 'description: "..."'),
    (packages("a==1", hashes={"a": f"sha256:{SHA256}"}), "hashes.a", "where a list of texts belongs",
     f'a: ["sha256:{SHA256}"]'),
    (spec(system_packages=[{"debian": 1}]), "system_packages[0].debian", "the number 1", 'debian: "1"'),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)
