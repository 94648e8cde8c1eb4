# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares every file of an environment's packages with the checksum that its installer recorded (PEP 376, RECORD)."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils.host.encoding import as_text, on_disk
from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages

_CHUNK = 1 << 20
_THREADS = 4  # hashlib lets go of the interpreter's lock


@dataclass(frozen=True)
class Compared:
    """What was found.

    :ivar files: how many files have a checksum.
    :ivar size: bytes that were read.
    :ivar wrong: a line for each file that is changed, gone or unreadable, sorted.
    """

    files: int
    size: int
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    owner: str
    path: str
    algorithm: str
    digest: str


def compare(environment: str) -> Compared:
    """Read every recorded file of an environment; bytecode has no checksum and is left out.

    :param environment: folder of a virtual environment.
    """
    site = site_packages.site_packages(environment)
    entries: list[_Entry] = []
    wrong: list[str] = []
    for name, distribution in sorted(site_packages.read(environment).items()):
        try:
            entries += _read(name, distribution.folder, site)
        except (OSError, ValueError, csv.Error) as error:
            wrong.append(f"{name}: its RECORD cannot be read ({error})")
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(_one, entries))
    wrong += [
        f"{entry.owner}: {as_text(os.path.relpath(entry.path, site))} {how}"
        for entry, (how, _n) in zip(entries, found)
        if how
    ]
    return Compared(len(entries), sum(size for _how, size in found), tuple(sorted(wrong)))


def _read(owner: str, folder: str, site: str) -> list[_Entry]:
    with open(os.path.join(folder, "RECORD"), encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.reader(handle) if len(row) >= 2 and row[1]]
    found = []
    for path, checksum, *_size in rows:
        algorithm, _equals, digest = checksum.partition("=")
        hashlib.new(algorithm)
        found.append(_Entry(owner, os.path.normpath(os.path.join(site, on_disk(path))), algorithm, digest))
    return found


def _one(entry: _Entry) -> tuple[str, int]:
    """What is wrong with a file ("" if nothing), and its size."""
    hasher, size = hashlib.new(entry.algorithm), 0
    try:
        with open(entry.path, "rb") as handle:
            while chunk := handle.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
    except FileNotFoundError:
        return "is gone", 0
    except OSError as error:
        return f"cannot be read ({error.strerror})", size
    digest = base64.urlsafe_b64encode(hasher.digest()).rstrip(b"=").decode()
    return ("" if digest == entry.digest else "was changed"), size
