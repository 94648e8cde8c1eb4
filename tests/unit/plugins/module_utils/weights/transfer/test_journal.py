# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal proves, and what a fingerprint notices."""

from __future__ import annotations

import random
import struct

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import journal as hub_journal

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
    right = hub_journal.fingerprint(memoryview(data))
    for start in range(0, len(data), _SECTOR):
        lost = data[:start] + b"\x00" * _SECTOR + data[start + _SECTOR :]
        assert hub_journal.fingerprint(memoryview(lost)) != right, start


def test_a_torn_line_ends_what_is_believed() -> None:
    lines = hub_journal.header("w", 9, "d") + hub_journal.record("B one") + hub_journal.record("W 0 4 1")
    torn = hub_journal.record("W 4 9 2")[:-3]
    state = hub_journal.parse(lines + torn + b"\n" + hub_journal.record("W 5 9 3"), "one")
    assert list(state.trusted) == [(0, 4)]
    assert state.doubtful == []


def test_another_boot_is_doubted() -> None:
    lines = hub_journal.header("w", 9, "d") + hub_journal.record("B one") + hub_journal.record("W 0 4 1")
    lines += hub_journal.record("B two") + hub_journal.record("W 4 9 2")
    state = hub_journal.parse(lines, "two")
    assert list(state.trusted) == [(4, 9)]
    assert state.doubtful == [(0, 4, 1)]
