# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes that cannot be those of a distribution."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.specs.hashes import check_hashes
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences

SHA256 = "sha256:" + "a" * 64


def test_hashes_are_sorted_by_canonical_name() -> None:
    report = Offences("svd")
    other = "sha256:" + "B" * 64
    assert check_hashes(report, {"Flash_Attn": [other, SHA256, SHA256]}, ["flash-attn"]) == {
        "flash-attn": (SHA256, other.lower())
    }
    assert report.offences == []


@pytest.mark.parametrize(
    ("hashes", "path", "problem"),
    [
        ({"other": [SHA256]}, "hashes.other", "is not listed"),
        ({"einops": []}, "hashes.einops", "no hash is given"),
        ({"einops": ["md5:abc"]}, "hashes.einops[0]", "known algorithm"),
        ({"einops": ["sha256:abc"]}, "hashes.einops[0]", "64 hex digits"),
    ],
)
def test_what_is_no_hash_is_reported(hashes: dict[str, list[str]], path: str, problem: str) -> None:
    report = Offences("svd")
    assert check_hashes(report, hashes, ["einops"]) == {}
    assert [(one.path, problem in one.problem) for one in report.offences] == [(path, True)]
