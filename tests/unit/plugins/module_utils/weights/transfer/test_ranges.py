# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges against a set of single bytes, and the journal that keeps them."""

from __future__ import annotations

import random

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.ranges import Ranges


@pytest.mark.parametrize("seed", range(20))
def test_ranges_are_what_a_set_of_bytes_is(seed: int) -> None:
    chance, ranges, size = random.Random(seed), Ranges(), 60
    model: set[int] = set()
    for _step in range(40):
        start, end = sorted((chance.randrange(size), chance.randrange(size)))
        if chance.random() < 0.6:
            ranges.add(start, end)
            model.update(range(start, end))
        else:
            ranges.remove(start, end)
            model.difference_update(range(start, end))
        found = list(ranges)
        assert {byte for a, b in found for byte in range(a, b)} == model
        assert all(first[1] < second[0] for first, second in zip(found, found[1:])), "touching ranges are one"
        assert ranges.total() == len(model)
        assert ranges.front() == next(byte for byte in range(size + 1) if byte not in model)
        holes = {byte for a, b in ranges.missing(size) for byte in range(a, b)}
        assert holes == set(range(size)) - model


def test_the_first_piece_is_cut() -> None:
    assert Ranges([(10, 100)]).first(20) == (10, 30)
    assert Ranges([(10, 15), (50, 60)]).first(20) == (10, 15)
    assert Ranges().first(20) is None
