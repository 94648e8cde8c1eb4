# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges against a set of single bytes, and the journal that keeps them."""

from __future__ import annotations

import random

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import journal as hub_journal
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


HEADER = hub_journal.header("a/b.bin", 100, "sha256:x")
LINES = [
    HEADER,
    hub_journal.record("B boot-one"),
    hub_journal.record("W 0 40 11"),
    hub_journal.record("W 60 80 22"),
]


def test_the_same_boot_believes_what_was_written() -> None:
    state = hub_journal.parse(b"".join(LINES), "boot-one")
    assert state.header == {"path": "a/b.bin", "size": 100, "digest": "sha256:x"}
    assert list(state.trusted) == [(0, 40), (60, 80)]
    assert state.doubtful == []


def test_another_boot_doubts_it() -> None:
    state = hub_journal.parse(b"".join(LINES), "boot-two")
    assert list(state.trusted) == []
    assert state.doubtful == [(0, 40, 11), (60, 80, 22)]


def test_each_record_belongs_to_the_boot_before_it() -> None:
    lines = [*LINES, hub_journal.record("B boot-two"), hub_journal.record("W 40 60 33")]
    state = hub_journal.parse(b"".join(lines), "boot-two")
    assert list(state.trusted) == [(40, 60)]
    assert len(state.doubtful) == 2


@pytest.mark.parametrize("cut", range(1, len(LINES[3])))
def test_a_torn_last_line_is_not_believed(cut: int) -> None:
    state = hub_journal.parse(b"".join(LINES)[:-cut], "boot-one")
    assert list(state.trusted) == [(0, 40)]


def test_nothing_after_a_damaged_line_is_believed() -> None:
    lines = [*LINES[:2], LINES[2].replace(b"40", b"99"), LINES[3]]
    assert list(hub_journal.parse(b"".join(lines), "boot-one").trusted) == []
    assert hub_journal.parse(b"\x00" * 300 + b"\n", "boot-one").header == {}


def test_a_verified_file_is_recorded() -> None:
    assert hub_journal.parse(b"".join([*LINES, hub_journal.record("V 100 5")]), "x").verified == (100, 5)
