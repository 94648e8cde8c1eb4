# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts of bytes in words, and back."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (99.5 * 1024, "100 KiB"),
        (1023.6 * 1024, "1.0 MiB"),
        (2.9 * sizes.GIB, "2.9 GiB"),
        (5000 * 2**50, "5000 PiB"),
    ],
)
def test_words(size: float, text: str) -> None:
    assert sizes.shown(size) == text


@pytest.mark.parametrize(
    ("text", "size"), [(5, 5), ("5", 5), ("1K", 1024), ("1.5 MiB", 1572864), ("2gb", 2 << 30), ("10G", 10 << 30)]
)
def test_sizes(text: str | int, size: int) -> None:
    assert sizes.parse(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1", "5 apples", "1e9"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ModelEnvError):
        sizes.parse(text)
