# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A partial file through kills, crashes of the machine, and streams that write in any order."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.below import Below, open_folder
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import partial
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import (
    BLOCK,
    PartialFile,
    digest_of,
    peek,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

DATA = random.Random(1).randbytes(3 * BLOCK + 1234)
FILE = hub_file("sub/w.bin", len(DATA), "sha256:" + hashlib.sha256(DATA).hexdigest())


def below(folder: Path) -> Below:
    return open_folder(str(folder), Owners(), make=True)


def opened(folder: Path, file: HubFile = FILE) -> PartialFile:
    partial = PartialFile(below(folder), file)
    partial.open()
    return partial


def write(partial: PartialFile, start: int, end: int) -> int:
    return partial.write(start, memoryview(DATA)[start:end])


def hash_all(partial: PartialFile) -> None:
    buffer = memoryview(bytearray(BLOCK))
    while partial.hash_front(buffer):
        pass


def test_in_order_the_hash_is_ready_when_the_last_byte_is(tmp_path: Path) -> None:
    partial = opened(tmp_path)
    for start in range(0, len(DATA), BLOCK):
        write(partial, start, min(start + BLOCK, len(DATA)))
    assert partial.complete() and partial.matches()


def test_out_of_order_the_rest_is_read_back(tmp_path: Path) -> None:
    partial = opened(tmp_path)
    starts = list(range(0, len(DATA), BLOCK))
    for start in reversed(starts):
        write(partial, start, min(start + BLOCK, len(DATA)))
    assert not partial.complete()
    hash_all(partial)
    assert partial.complete() and partial.matches()


def test_a_killed_process_loses_nothing_that_it_recorded(tmp_path: Path) -> None:
    first = opened(tmp_path)
    write(first, 0, BLOCK)
    write(first, 2 * BLOCK, 2 * BLOCK + 500)
    # No close, no flush: as after SIGKILL.
    assert peek(below(tmp_path), FILE) == BLOCK + 500
    second = opened(tmp_path)
    assert list(second.present) == [(0, BLOCK), (2 * BLOCK, 2 * BLOCK + 500)]
    write(second, BLOCK, 2 * BLOCK)
    assert write(second, 2 * BLOCK, len(DATA)) == len(DATA) - 2 * BLOCK - 500, "what was there before counts once"
    hash_all(second)
    assert second.matches()


def test_after_a_crash_only_what_the_disk_has_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(tmp_path)
    for start in (0, BLOCK, 2 * BLOCK):
        write(first, start, start + BLOCK)
    first.close()
    with open(first.path, "r+b") as part:  # the middle block never reached the disk
        part.seek(BLOCK + 100)
        part.write(b"\x00" * 4096)
    monkeypatch.setattr(partial, "boot_id", lambda: "another boot")
    second = opened(tmp_path)
    assert list(second.present) == [(0, BLOCK), (2 * BLOCK, 3 * BLOCK)]
    second.close()
    third = opened(tmp_path)  # killed again in the new boot: what was checked once is not checked again
    assert list(third.present) == [(0, BLOCK), (2 * BLOCK, 3 * BLOCK)]


def test_a_file_cut_short_by_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(tmp_path)
    write(first, 0, BLOCK)
    first.close()
    os.truncate(first.path, 100)
    monkeypatch.setattr(partial, "boot_id", lambda: "another boot")
    assert list(opened(tmp_path).present) == []


def test_a_partial_of_other_content_is_not_continued(tmp_path: Path) -> None:
    first = opened(tmp_path)
    write(first, 0, BLOCK)
    other = hub_file(FILE.path, FILE.size, "sha256:" + "0" * 64)
    assert peek(below(tmp_path), other) == 0
    assert not opened(tmp_path, other).present


def test_a_damaged_journal_starts_from_nothing(tmp_path: Path) -> None:
    first = opened(tmp_path)
    write(first, 0, BLOCK)
    first.close()
    next(tmp_path.glob("*.journal")).write_bytes(b"rubbish\n")
    assert not opened(tmp_path).present
    assert os.path.getsize(first.path) == 0


def test_wrong_bytes_do_not_match(tmp_path: Path) -> None:
    partial = opened(tmp_path)
    partial.write(0, memoryview(DATA[:-1] + bytes([DATA[-1] ^ 1])))
    hash_all(partial)
    assert partial.complete() and not partial.matches()
    partial.start_over()
    assert not partial.complete() and not partial.present


def test_only_a_sealed_file_gets_its_name(tmp_path: Path) -> None:
    partial = opened(tmp_path / ".")
    partial.write(0, memoryview(DATA))
    hash_all(partial)
    partial.seal()
    mtime = partial.publish(below(tmp_path / "out"))
    target = tmp_path / "out" / "sub" / "w.bin"
    assert target.read_bytes() == DATA
    assert mtime == target.stat().st_mtime_ns
    assert mtime % 10**9 == 0, "whole seconds survive every filesystem and copy"
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_verified_file_that_waits_is_believed_by_the_next_run(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.write(0, memoryview(DATA))
    hash_all(first)
    first.keep_for_later()
    second = opened(tmp_path)
    assert second.verified and second.complete() and second.matches()
    second.close()
    os.utime(first.path, (1, 1))  # somebody touched it: hash it again
    third = opened(tmp_path)
    assert not third.verified and not third.complete()
    hash_all(third)
    assert third.matches()


def test_an_empty_file_is_complete_at_once(tmp_path: Path) -> None:
    empty = hub_file("e", 0, "git-sha1:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    partial = opened(tmp_path, empty)
    assert partial.complete() and partial.matches()


def test_the_digest_of_a_small_file_is_gits(tmp_path: Path) -> None:
    (tmp_path / "hello").write_bytes(b"hello\n")
    file = hub_file("hello", 6, "git-sha1:ce013625030ba8dba906f756967f9e9ca394464a")
    assert digest_of(os.open(tmp_path / "hello", os.O_RDONLY), file) == file.digest
    assert digest_of(os.open(tmp_path, os.O_RDONLY), file) == "", "what cannot be read has none"
