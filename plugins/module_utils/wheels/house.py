# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheelhouse: a folder, shared or not, with one folder for each key, which holds one wheel and what is known of it.

::

    <wheelhouse>/<slug of the key>/<wheel>.whl
    <wheelhouse>/<slug of the key>/wheel.json

A key's folder is renamed into place when it is whole, so a reader never sees half of one, and of two writers the first
wins: both wheels were made for the same key. Whoever may write a house may say what a wheel's hash is, so what is read
here is read strictly, and is worth what the owner of the house is worth.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName, Sha256, shown
from ansible_collections.portable.model_env.plugins.module_utils.requirements import wheel_names
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, mismatches

FILE_NAME = "wheel.json"
BUILT, NAMED, RELEASED = "built", "named", "released"

_NEW = ".new-"
_BROKEN = ".broken-"
_ABANDONED = 86400.0  # seconds after which nobody is still writing a folder of that name
_CHUNK = 1 << 20
LARGEST_WHEEL = 16 << 30
"""Bytes. The largest wheels with compiled code have 2 or 3 GB."""
LARGEST_DESCRIPTION = 1 << 20
"""Bytes of a ``wheel.json``; ours have one or two thousand."""


@dataclass(frozen=True)
class Described:
    """What a ``wheel.json`` says, whoever wrote it.

    :ivar file: name of the wheel beside it.
    :ivar size: bytes; no more are read.
    """

    key: WheelKey
    file: FileName
    sha256: Sha256
    size: int
    origin: Literal["built", "named", "released"]

    def __post_init__(self) -> None:
        """See that it is a wheel of its key.

        :raises ValueError: it is another, or of no size.
        """
        name = wheel_names.parse(self.file)
        if name is None or name.name != self.key.package:
            raise ValueError(f"names the file {shown(self.file)}, which is no wheel of {self.key.package}")
        if not 0 < self.size <= LARGEST_WHEEL:
            raise ValueError(f"says a size of {self.size} bytes")


@dataclass(frozen=True)
class _Facts:
    facts: Mapping[str, Any]


def read_description(text: str) -> tuple[Described, dict[str, Any]]:
    """A ``wheel.json``, and what more it says.

    :raises strict.Refused: it is none.
    """
    data = strict.read_json(text)
    described = strict.read(Described, data, extra=True)
    more = {name: value for name, value in data.items() if name not in strict.keys_of(Described)}
    strict.read(_Facts, {"facts": more})
    return described, more


@dataclass(frozen=True)
class Entry:
    """One wheel of the wheelhouse.

    :ivar path: absolute path of the wheel.
    :ivar sha256: what its content must be, 64 hex digits.
    :ivar size: bytes.
    :ivar origin: ``built`` (from source), ``named`` (by the spec, with URL and hash) or ``released`` (by its project).
    :ivar facts: more of it: ``host``, ``created`` (seconds since the epoch), ``seconds``, ``tools``, ``compiler``, ...
    """

    key: WheelKey
    path: str
    sha256: str
    size: int
    origin: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Wheelhouse:
    """A folder of wheels.

    A wheel is believed to be what its ``wheel.json`` says, and is run: who may write either decides what runs.

    :param folder: absolute path; need not exist.
    :param owners: who may have written it.
    :raises ModelEnvError: kind ``foreign``; somebody else owns it or what lies in it, or may write it.
    """

    def __init__(self, folder: str, owners: Owners | None = None) -> None:
        self.folder = folder
        self._owners = owners or Owners()
        self.refuse_others()

    def refuse_others(self) -> None:
        """Refuse a wheelhouse that somebody else may have written.

        :raises ModelEnvError: kind ``foreign``.
        """
        self._owners.refuse(self.folder)
        self._owners.refuse_inside(self.folder)

    def entries(self, stem: str = "") -> list[Entry]:
        """All whole entries whose slugs begin with ``stem``, by the names of their folders."""
        try:
            names = sorted(name for name in os.listdir(self.folder) if name.startswith(stem))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [entry for entry in map(self._entry, names) if entry is not None]

    def lookup(self, key: WheelKey) -> Entry | None:
        """The wheel that was made for ``key``, else another that works there; None if there is none. Hashes nothing."""
        exact = self._entry(key.slug())
        if exact is not None and exact.key == key:
            return exact
        fitting = [entry for entry in self.entries(key.stem()) if not mismatches(entry.key, key)]
        fitting.sort(key=lambda entry: entry.key.distance())
        return fitting[0] if fitting else None

    def verified(self, entry: Entry) -> str:
        """Path of an entry's wheel, after its content was compared with its hash.

        :raises ModelEnvError: kind ``corrupt``; it was changed or damaged. kind ``io``: it cannot be read.
        """
        with filesystem.explained("the wheel cannot be read", entry.path):
            self._compare(entry, sha256_of(entry.path))
        return entry.path

    def copy(self, entry: Entry, path: str) -> None:
        """Copy an entry's wheel, comparing what is copied with its hash.

        :param path: a new file, in a folder that nobody else writes into.
        :raises ModelEnvError: kind ``corrupt``; it was changed or damaged. kind ``io``, ``no_space``.
        """
        with filesystem.explained("the wheel cannot be copied", entry.path):
            self._compare(entry, copy_plain(entry.path, path, entry.size))

    @staticmethod
    def _compare(entry: Entry, found: str) -> None:
        if found != entry.sha256:
            raise ModelEnvError(
                "the wheel in the wheelhouse is not what was put there",
                where=entry.path,
                why=f"its sha256 is {found}, and {FILE_NAME} says {entry.sha256}",
                todo=f"remove {os.path.dirname(entry.path)}, and run again",
                kind="corrupt",
                details={"sha256": found, "wanted": entry.sha256},
            )

    def put(self, key: WheelKey, wheel: str, origin: str, facts: Mapping[str, Any] | None = None) -> Entry:
        """Copy a wheel into the wheelhouse. If another writer was first and its wheel is intact, that one stays.

        :param wheel: path of the file; its name is kept.
        :raises ModelEnvError: the house cannot be written.
        """
        with filesystem.explained("the wheelhouse cannot be written", self.folder):
            os.makedirs(self.folder, exist_ok=True)
            self.refuse_others()
            self._remove_abandoned()
            new = os.path.join(self.folder, f"{_NEW}{uuid.uuid4().hex}")
            os.mkdir(new)
            try:
                self._fill(new, key, wheel, origin, facts or {})
                self._move_in(new, os.path.join(self.folder, key.slug()))
            finally:
                filesystem.remove_tree(new)
        entry = self._entry(key.slug())
        if entry is None:
            raise ModelEnvError("the wheelhouse does not keep what is put there", where=self.folder, kind="io")
        return entry

    def _fill(self, new: str, key: WheelKey, wheel: str, origin: str, facts: Mapping[str, Any]) -> None:
        name = os.path.basename(wheel)
        copy = os.path.join(new, name)
        sha256 = copy_plain(wheel, copy, LARGEST_WHEEL)
        filesystem.write_json(
            os.path.join(new, FILE_NAME),
            {
                **facts,
                "key": key.as_dict(),
                "file": name,
                "sha256": sha256,
                "size": os.path.getsize(copy),
                "origin": origin,
                "host": socket.gethostname(),
                "created": int(time.time()),
            },
        )

    def _move_in(self, new: str, target: str) -> None:
        for _attempt in range(3):
            with contextlib.suppress(OSError):
                os.rename(new, target)  # onto a folder that is not empty it fails
                return
            present = self._entry(os.path.basename(target))
            if present is not None and sha256_of(present.path) == present.sha256:
                return
            aside = os.path.join(self.folder, f"{_BROKEN}{uuid.uuid4().hex}")
            with contextlib.suppress(FileNotFoundError):
                os.rename(target, aside)
            filesystem.remove_tree(aside)
        os.rename(new, target)

    def _entry(self, name: str) -> Entry | None:
        """What a folder holds; None if that is no whole entry, whatever it is."""
        folder = os.path.join(self.folder, name)
        if name.startswith("."):
            return None
        try:
            with filesystem.open_plain(os.path.join(folder, FILE_NAME)) as handle:
                text = handle.read(LARGEST_DESCRIPTION + 1)
            if len(text) > LARGEST_DESCRIPTION:
                return None
            found, facts = read_description(text.decode("utf-8"))
            path = os.path.join(folder, found.file)
            if found.key.slug() == name and os.lstat(path).st_size == found.size:
                return Entry(found.key, path, found.sha256, found.size, found.origin, facts)
        except (OSError, ValueError):  # strict.Refused and UnicodeDecodeError are ValueErrors
            return None
        return None

    def _remove_abandoned(self) -> None:
        """Remove what a killed writer left; another node may still be writing a younger one."""
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if name.startswith((_NEW, _BROKEN)):
                with contextlib.suppress(OSError):
                    if time.time() - os.path.getmtime(path) > _ABANDONED:
                        filesystem.remove_tree(path)


def sha256_of(path: str) -> str:
    """The sha256 of a plain file, as 64 hex digits."""
    with filesystem.open_plain(path) as handle:
        return _digest(handle)


def copy_plain(path: str, new: str, most: int) -> str:
    """Copy a plain file, and have it on the disk; the sha256 of what was written.

    :param most: bytes; of more just one is copied, so that the hash is that of another file.
    :raises OSError: it is no plain file, or there is one at ``new``.
    """
    with filesystem.open_plain(path) as source, open(new, "xb") as target:
        sha256 = _digest(source, target, most + 1)
        target.flush()
        os.fsync(target.fileno())
        return sha256


def _digest(source: BinaryIO, target: BinaryIO | None = None, most: int = LARGEST_WHEEL) -> str:
    digest = hashlib.sha256()
    while most > 0:
        piece = source.read(min(_CHUNK, most))
        if not piece:
            break
        most -= len(piece)
        digest.update(piece)
        if target is not None:
            target.write(piece)
    return digest.hexdigest()
