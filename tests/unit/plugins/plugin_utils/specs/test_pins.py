# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements that are not pinned, or are none."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.offences import (
    CLIP,
    COMMIT,
    TORCH,
    Row,
    git,
    packages,
    spec,
    the_only_offence,
)

# fmt: off
ROWS: list[Row] = [
    (packages("diffusers"), "packages[0]", "is not pinned", 'packages: ["diffusers==<version>"]'),
    (packages("imageio[ffmpeg]"), "packages[0]", "is not pinned", 'packages: ["imageio[ffmpeg]==<version>"]'),
    (packages("a; python_version < '3.12'"), "packages[0]", "not pinned",
     'packages: ["a==<version>; python_version < \\"3.12\\""]'),
    (packages("diffusers>=0.31"), "packages[0]", "has no upper bound", 'packages: ["diffusers==0.31"]'),
    (packages("diffusers<1"), "packages[0]", "has no lower bound", 'packages: ["diffusers==<version>"]'),
    (packages("diffusers!=1"), "packages[0]", "no lower and upper bound", 'packages: ["diffusers==<version>"]'),
    (packages("diffusers>=0.31", pins="bounded"), "packages[0]", "has no upper bound",
     'packages: ["diffusers>=0.31,<0.32"]'),
    (packages("numpy>=1.26", pins="bounded"), "packages[0]", "has no upper bound", 'packages: ["numpy>=1.26,<2"]'),
    (packages("numpy<2", pins="bounded"), "packages[0]", "has no lower bound", 'packages: ["numpy>=<version>,<2"]'),
    (packages("numpy>2,<1", pins="bounded"), "packages[0]", "no version is in", "swap or correct its bounds 2 and 1"),
    (packages("numpy>=1,<2"), "packages[0]", "is a range, not one version",
     'packages: ["numpy==<version>"]   (or, for the whole spec, pins: bounded)'),
    (packages("numpy~=1.26"), "packages[0]", "is a range",
     'packages: ["numpy==<version>"]   (or, for the whole spec, pins: bounded)'),
    (packages("numpy==1.*"), "packages[0]", "is a wildcard",
     'packages: ["numpy==<version>"]   (or, for the whole spec, pins: bounded)'),
    (packages("numpy==2,<1"), "packages[0]", "contradicts itself", 'packages: ["numpy==2"]'),
    (packages("numpy=2.2.6"), "packages[0]", "has one =", 'packages: ["numpy==2.2.6"]'),
    (packages("numpy 2.2.6"), "packages[0]", "is not a requirement", 'packages: ["numpy==<version>"]'),
    (packages("./x.whl"), "packages[0]", "is a path",
     'packages: ["<name> @ file:///<absolute path>#sha256=<64 hex digits>"]'),
    (packages("https://h/x.whl"), "packages[0]", "without the name",
     'packages: ["<name> @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("x @ https://h/x.whl"), "packages[0]", "needs the hash",
     'packages: ["x @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("x @ https://h/x.whl#md5=abc"), "packages[0]", "hash md5",
     'packages: ["x @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("x @ https://h/x.whl#sha256=abc"), "packages[0]", "or not whole",
     'packages: ["x @ https://h/x.whl#sha256=<64 hex digits>"]'),
    (packages("-r requirements.txt"), "packages[0]", "option of pip",
     "packages: [...] with the lines of that file, each pinned"),
    (packages("--extra-index-url=https://m/simple"), "packages[0]", "option of pip",
     'extra_index_urls: ["https://m/simple"]'),
    (packages("-i https://m/simple"), "packages[0]", "option of pip", 'index_url: "https://m/simple"'),
    (packages(f"git+{CLIP}"), "packages[0]", "git repository",
     f'git_packages: [{{name: clip, url: "{CLIP}", commit: "<40 hex digits>"}}]'),
    (packages(f"my.clip @ git+{CLIP}@v2.6.3#subdirectory=py"), "packages[0]", "git repository",
     f'git_packages: [{{name: my-clip, url: "{CLIP}", tag: "v2.6.3", subdirectory: "py"}}]'),
    (packages(f"git+{CLIP}@{COMMIT}#egg=openai-clip"), "packages[0]", "git repository",
     f'git_packages: [{{name: openai-clip, url: "{CLIP}", commit: "{COMMIT}"}}]'),
    (packages("hg+https://h/x"), "packages[0]", "only git",
     "give a released version, or a URL of an archive with its hash"),
    (packages("torch==2.5.1+cu118"), "packages[0]", "put it under torch:", 'torch: {version: "2.5.1", cuda: cu118}'),
    (packages("torchvision"), "packages[0]", "put it under torch:", 'torch: {torchvision: "<version>", cuda: <cuXYZ>}'),
    (spec(build_packages=["apex"]), "build_packages[0]", "is not pinned", 'build_packages: ["apex==<version>"]'),
    (packages("a==1", "A==2"), "packages[1]", "pinned twice", 'remove one of them, e.g. keep packages: ["a==1"]'),
    (packages("a==1", build_packages=["a==1"]), "build_packages[0]", "listed in packages[0], too",
     'remove "a==1" here'),
    (packages("clip==1", **git(commit=COMMIT)), "packages[0]", "comes from git_packages[0], too",
     'remove "clip==1" here'),
    (packages("x==1+cu121", torch=TORCH), "packages[0]", "is built for cu121", 'packages: ["x==1+cu124"]'),
    (packages("x==1", pins="boundd"), "pins", "is no policy", "pins: bounded"),
    (packages("a==2", constraints=["a<2"]), "constraints[0]", "forbids", 'remove it, or write: constraints: ["a==2"]'),
    (spec(torch=TORCH, constraints=["torch<2"]), "constraints[0]", "forbids",
     'remove it, or write: constraints: ["torch==2.5.1"]'),
    (spec(constraints=["a"]), "constraints[0]", "names versions only", 'constraints: ["a<2"]'),
    (spec(constraints=["a[b]<2"]), "constraints[0]", "names versions only", 'constraints: ["a<2"]'),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)
