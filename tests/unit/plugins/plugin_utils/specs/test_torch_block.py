# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Torch blocks that name no build."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.offences import (
    CLIP,
    COMMIT,
    TORCH,
    Row,
    spec,
    the_only_offence,
    torch,
)

# fmt: off
ROWS: list[Row] = [
    (torch(cuda="cu999"), "torch.cuda", "no index is known for the build cu999",
     'cuda_torch_index_urls: {cu999: "<URL>"}'),
    (torch(cuda="12.4"), "torch.cuda", "is no build", "cuda: cu124"),
    (torch(cuda=12.4), "torch.cuda", "the number 12.4", 'cuda: "12.4"'),
    (torch(cuda="gpu"), "torch.cuda", "is no build", "cuda: cpu"),
    (spec(torch={"version": "2.5.1"}), "torch.cuda", "is missing", "cuda: cu124"),
    (spec(torch={"cuda": "cu124"}), "torch.version", "is missing", 'version: "2.5.1"'),
    (torch(version="2.5"), "torch.version", "is not a whole version", 'version: "2.5.0"'),
    (torch(version=2.5), "torch.version", "the number 2.5", 'version: "2.5"'),
    (torch(version="==2.5.1"), "torch.version", "is not a whole version", 'version: "2.5.1"'),
    (torch(version=">=2.5"), "torch.version", "is not one version", 'version: "<version>"'),
    (torch(version="2.5.1+cu118"), "torch.version", "belongs under cuda", 'version: "2.5.1", and cuda: cu118'),
    (torch(torchvision="0.20.0"), "torch.torchvision", "(it belongs to torch 2.5.0)", 'torchvision: "0.20.1"'),
    (torch(torchaudio="2.6.0"), "torch.torchaudio", "does not match torch 2.5.1", 'torchaudio: "2.5.1"'),
    (torch(version="2.99.0", torchvision="0.20.1", index_url="default"), "torch.torchvision", "belongs to torch 2.5.1",
     'remove it, or version: "2.5.1"'),
    (torch(cuda="cu130"), "torch.cuda", "was published for cu118, cu121, cu124 and cpu", "cuda: cu124"),
    ({"python": "3.14", "torch": TORCH}, "python", "has wheels for Python 3.9 to 3.13", 'python: "3.13"'),
    (torch(index_url="mirror/whl"), "torch.index_url", "is no URL", 'index_url: "https://mirror/whl"'),
    (spec(git_packages=[{"name": "torch", "url": CLIP, "commit": COMMIT}]), "git_packages[0]", "put it under torch:",
     'torch: {version: "<version>", cuda: <cuXYZ>}'),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)
