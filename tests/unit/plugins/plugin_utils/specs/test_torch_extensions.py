# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Torch extensions that cannot be found or built."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.offences import (
    CLIP,
    PIN,
    PIN_HEAD,
    SHA256,
    TORCH,
    WHEEL,
    Row,
    extension,
    packages,
    spec,
    the_only_offence,
)

# fmt: off
ROWS: list[Row] = [
    (extension(), "torch_extensions[0]", "neither a version nor a git source", 'version: "2.8.3"'),
    (extension(version=">=2"), "torch_extensions[0].version", "is not one version", 'version: "2"'),
    (extension(version="2.8.3+cu12"), "torch_extensions[0].version", "is not one version", 'version: "2.8.3"'),
    (extension(url=CLIP), "torch_extensions[0]", "neither commit nor tag", PIN_HEAD),
    (extension(url=CLIP, tag="main"), "torch_extensions[0].tag", "is a branch", PIN),
    (extension(version="1", build="if needed"), "torch_extensions[0].build", "is no policy", "build: auto"),
    (extension(version="1", build="alway"), "torch_extensions[0].build", "is no policy", "build: always"),
    (extension(version="1", archs=["9.0"]), "torch_extensions[0].archs[0]", "is no architecture", 'archs: ["90"]'),
    (extension(version="1", archs=["sm_90a"]), "torch_extensions[0].archs[0]", "is no arch", 'archs: ["90"]'),
    (extension(version="1", released_url="https://m/x"), "torch_extensions[0].released_url", "has no {name}",
     'released_url: "https://m/{name}"   (or none)'),
    (extension(version="1", wheel="x.whl"), "torch_extensions[0].wheel", "where a block",
     'wheel: {url: "https://host/x-1.0-cp311-cp311-linux_x86_64.whl", sha256: "<64 hex digits>"}'),
    (extension(version="1", wheel={"url": WHEEL}), "torch_extensions[0].wheel.sha256", "is missing",
     'sha256: "<64 hex digits>"'),
    (extension(version="1", wheel={"url": WHEEL, "sha256": "ab"}), "torch_extensions[0].wheel.sha256", "64 hex digits",
     'sha256: "<64 hex digits>"'),
    (extension(version="1", wheel={"url": "https://h/clip-1-py3-none-any.whl", "sha256": SHA256}),
     "torch_extensions[0].wheel.url", "is no wheel of flash-attn",
     'url: "https://host/<name>-<version>-<python>-<abi>-<platform>.whl"'),
    (extension(version="1", environment={"PIP_X": "1"}), "torch_extensions[0].environment.PIP_X",
     "is not for a spec to set", "remove PIP_X"),
    (extension(version="1", imports=["flash-attn"]), "torch_extensions[0].imports[0]", "no name of a module",
     "imports: [flash_attn]"),
    (spec(torch=TORCH, torch_extensions=[{"name": "torchvision", "version": "1"}]), "torch_extensions[0]",
     "put it under torch", 'torch: {torchvision: "<version>", cuda: <cuXYZ>}'),
    (spec(torch_extensions=[{"name": "fused", "version": "1"}]), "torch_extensions", "no torch to compile against",
     'torch: {version: "2.5.1", torchvision: "0.20.1", cuda: cu124}'),
    (spec(torch=TORCH, build_packages=["flash-attn==2.7.0.post2"]), "build_packages[0]", "its setup.py would choose",
     'torch_extensions: [{name: flash-attn, version: "2.7.0.post2"}]'),
    (packages("flash_attn==2.7.0", torch=TORCH), "packages[0]", "belongs in torch_extensions",
     'torch_extensions: [{name: flash-attn, version: "2.7.0"}]'),
    (spec(torch=TORCH, git_packages=[{"name": "flash-attn", "url": CLIP, "tag": "v2.6.3"}]), "git_packages[0]",
     "belongs in torch_ext", f'torch_extensions: [{{name: flash-attn, url: "{CLIP}", tag: "v2.6.3"}}]'),
    ({**extension(version="1"), "packages": ["flash-attn==1"]}, "packages[0]", "comes from torch_extensions[0]",
     'remove "flash-attn==1" here'),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)
