# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal proves, and what a fingerprint notices."""

from __future__ import annotations

import random
import struct

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.journal import (
    fingerprint,
    journal_header,
    journal_record,
    parse_journal,
)

HEADER = journal_header("a/b.bin", 100, "sha256:x")
LINES = [
    HEADER,
    journal_record("B boot-one"),
    journal_record("W 0 40 11"),
    journal_record("W 60 80 22"),
]


def test_the_same_boot_believes_what_was_written() -> None:
    state = parse_journal(b"".join(LINES), "boot-one")
    assert state.header == {"path": "a/b.bin", "size": 100, "digest": "sha256:x"}
    assert list(state.trusted) == [(0, 40), (60, 80)]
    assert state.doubtful == []


def test_another_boot_doubts_it() -> None:
    state = parse_journal(b"".join(LINES), "boot-two")
    assert list(state.trusted) == []
    assert state.doubtful == [(0, 40, 11), (60, 80, 22)]


def test_each_record_belongs_to_the_boot_before_it() -> None:
    lines = [*LINES, journal_record("B boot-two"), journal_record("W 40 60 33")]
    state = parse_journal(b"".join(lines), "boot-two")
    assert list(state.trusted) == [(40, 60)]
    assert len(state.doubtful) == 2


@pytest.mark.parametrize("cut", range(1, len(LINES[3])))
def test_a_torn_last_line_is_not_believed(cut: int) -> None:
    state = parse_journal(b"".join(LINES)[:-cut], "boot-one")
    assert list(state.trusted) == [(0, 40)]


def test_nothing_after_a_damaged_line_is_believed() -> None:
    lines = [*LINES[:2], LINES[2].replace(b"40", b"99"), LINES[3]]
    assert list(parse_journal(b"".join(lines), "boot-one").trusted) == []
    assert parse_journal(b"\x00" * 300 + b"\n", "boot-one").header == {}


def test_a_verified_file_is_recorded() -> None:
    assert parse_journal(b"".join([*LINES, journal_record("V 100 5")]), "x").verified == (100, 5)


_SECTOR = 512
_RANDOM = random.Random(7)
# Weights as they come: any bytes; numbers of four bytes whose low two are zero (bfloat16 kept as float32).
_CONTENTS = {
    "any bytes": _RANDOM.randbytes(64 * _SECTOR),
    "zero low bytes": b"".join(struct.pack("<I", _RANDOM.getrandbits(16) << 16) for _n in range(16 * _SECTOR)),
}


@pytest.mark.parametrize("content", sorted(_CONTENTS))
def test_a_sector_that_did_not_reach_the_disk_is_noticed(content: str) -> None:
    data = _CONTENTS[content]
    right = fingerprint(memoryview(data))
    for start in range(0, len(data), _SECTOR):
        lost = data[:start] + b"\x00" * _SECTOR + data[start + _SECTOR :]
        assert fingerprint(memoryview(lost)) != right, start


def test_a_torn_line_ends_what_is_believed() -> None:
    lines = journal_header("w", 9, "d") + journal_record("B one") + journal_record("W 0 4 1")
    torn = journal_record("W 4 9 2")[:-3]
    state = parse_journal(lines + torn + b"\n" + journal_record("W 5 9 3"), "one")
    assert list(state.trusted) == [(0, 4)]
    assert state.doubtful == []


def test_another_boot_is_doubted() -> None:
    lines = journal_header("w", 9, "d") + journal_record("B one") + journal_record("W 0 4 1")
    lines += journal_record("B two") + journal_record("W 4 9 2")
    state = parse_journal(lines, "two")
    assert list(state.trusted) == [(4, 9)]
    assert state.doubtful == [(0, 4, 1)]
