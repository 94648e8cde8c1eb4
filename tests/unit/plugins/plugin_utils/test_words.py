# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers in a sentence."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.words import number_of, some


@pytest.mark.parametrize(
    ("names", "shown", "text"),
    [
        ([], 5, ""),
        (["a"], 5, "a"),
        (["a", "b", "c"], 3, "a, b, c"),
        (["a", "b", "c", "d"], 3, "a, b, c and 1 more"),
        (["a", "b", "c", "d"], 1, "a and 3 more"),
    ],
)
def test_some(names: list[str], shown: int, text: str) -> None:
    assert some(names, shown) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 hosts"), (1, "1 host"), (2, "2 hosts")])
def test_number_of(count: int, text: str) -> None:
    assert number_of(count, "host") == text
