# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of hosts as operators write them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import sizes


@pytest.mark.parametrize(
    ("value", "of", "expected"),
    [(3, 100, 3), ("3", 100, 3), ("10%", 100, 10), ("10%", 25, 2), ("1%", 12, 1), ("100%", 12, 12), (" 5 % ", 40, 2)],
)
def test_a_number_of_hosts(value: Any, of: int, expected: int) -> None:
    assert sizes.hosts(value, of, "x") == expected


@pytest.mark.parametrize("value", [0, -1, "0%", "101%", "many", "", 1.5, None])
def test_what_is_no_number_of_hosts(value: Any) -> None:
    with pytest.raises(ModelEnvError, match="x is"):
        sizes.hosts(value, 10, "x")


@pytest.mark.parametrize(
    ("wanted", "of", "remaining", "expected"),
    [
        ([1, 4], 12, 11, [1, 4, 4, 2]),
        (["10%", "25%", "50%"], 100, 99, [10, 25, 50, 14]),
        ("10%,50%", 10, 9, [1, 5, 3]),
        ([5], 3, 2, [2]),
        ([5], 3, 0, []),
    ],
)
def test_batches_cover_the_rest_and_repeat_the_last_size(
    wanted: Any, of: int, remaining: int, expected: list[int]
) -> None:
    assert sizes.batches(wanted, of, remaining, "x") == expected
