# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where direct references point."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.requirements import sources
from ansible_collections.portable.model_env.plugins.module_utils.requirements.sources import Source

C1 = "1" * 40
H1 = "a" * 64


@pytest.mark.parametrize(
    ("url", "expected", "words"),
    [
        (f"git+https://u:p@h/x.git@{C1}", Source("vcs", "https://h/x.git", C1), f"git+https://h/x.git@{C1}"),
        ("git+ssh://git@h/x@v1", Source("vcs", "ssh://git@h/x", "v1"), "git+ssh://git@h/x@v1"),
        (
            "git+https://h/x@refs/tags/v1#subdirectory=py",
            Source("vcs", "https://h/x", "refs/tags/v1", "py"),
            "git+https://h/x@refs/tags/v1#subdirectory=py",
        ),
        (
            f"https://t@h/x.whl#sha256={H1}",
            Source("url", "https://h/x.whl", "", "", H1),
            f"https://h/x.whl#sha256={H1}",
        ),
        ("file:///w/x.whl", Source("url", "file:///w/x.whl"), "file:///w/x.whl"),
        ("file:///src/x", Source("dir", "file:///src/x"), "file:///src/x"),
    ],
)
def test_sources(url: str, expected: Source, words: str) -> None:
    assert sources.source(url) == expected
    assert expected.words == words
