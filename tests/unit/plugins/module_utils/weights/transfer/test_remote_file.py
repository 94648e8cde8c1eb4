# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listed file may be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    LARGEST,
    HubFile,
    RepoPath,
    parse_size,
)

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize("path", ["a", ".gitattributes", "a/..b/c d", "x.model_env/y", "a/.model_env/b"])
def test_ordinary_names_pass(path: str) -> None:
    assert HubFile.parse(path, 0, SHA).path == path


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", ".model_env", ".model_env/lock", "a\x00b", ""])
def test_names_that_lead_elsewhere_do_not(path: str) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        RepoPath.parse(path)


@pytest.mark.parametrize("size", [-1, LARGEST + 1, None, "1", 1.0, True])
def test_what_is_no_size(size: Any) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        parse_size(size)
    assert parse_size(LARGEST) == LARGEST
