# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheelhouse: a folder, shared or not, with one folder for each key, which holds one wheel and what is known of it.

::

    <wheelhouse>/<slug of the key>/<wheel>.whl
    <wheelhouse>/<slug of the key>/wheel.json

A key's folder is renamed into place when it is whole, so a reader never sees half of one, and of two writers the first
wins: both wheels were made for the same key.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, libc_version, mismatches

FILE_NAME = "wheel.json"
BUILT, NAMED, RELEASED = "built", "named", "released"

_NEW = ".new-"
_BROKEN = ".broken-"
_ABANDONED = 86400.0  # seconds after which nobody is still writing a folder of that name
_CHUNK = 1 << 20


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

    :param folder: absolute path; need not exist.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def entries(self) -> list[Entry]:
        """All whole entries, by the names of their folders."""
        try:
            names = sorted(os.listdir(self.folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [entry for entry in map(self._entry, names) if entry is not None]

    def lookup(self, key: WheelKey) -> Entry | None:
        """The wheel that was made for ``key``, else another that works there; None if there is none. Hashes nothing."""
        exact = self._entry(key.slug())
        if exact is not None and exact.key == key:
            return exact
        fitting = [entry for entry in self.entries() if not mismatches(entry.key, key)]
        # The nearest one: the newest C library, the fewest other architectures.
        fitting.sort(key=lambda entry: (len(entry.key.archs), [-n for n in libc_version(entry.key.libc)]))
        return fitting[0] if fitting else None

    def verified(self, entry: Entry) -> str:
        """Path of an entry's wheel, after its content was compared with its hash.

        :raises ModelEnvError: kind ``corrupt``; it was changed or damaged. kind ``io``: it cannot be read.
        """
        with filesystem.explained("the wheel cannot be read", entry.path):
            found = sha256_of(entry.path)
        if found != entry.sha256:
            raise ModelEnvError(
                "the wheel in the wheelhouse is not what was put there",
                where=entry.path,
                why=f"its sha256 is {found}, and {FILE_NAME} says {entry.sha256}",
                todo=f"remove {os.path.dirname(entry.path)}, and run again",
                kind="corrupt",
                details={"sha256": found, "wanted": entry.sha256},
            )
        return entry.path

    def put(self, key: WheelKey, wheel: str, origin: str, facts: Mapping[str, Any] | None = None) -> Entry:
        """Copy a wheel into the wheelhouse. If another writer was first and its wheel is intact, that one stays.

        :param wheel: path of the file; its name is kept.
        :raises ModelEnvError: the house cannot be written.
        """
        with filesystem.explained("the wheelhouse cannot be written", self.folder):
            os.makedirs(self.folder, exist_ok=True)
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
        shutil.copyfile(wheel, copy)
        with open(copy, "rb") as handle:
            os.fsync(handle.fileno())
        filesystem.write_json(
            os.path.join(new, FILE_NAME),
            {
                **facts,
                "key": key.as_dict(),
                "file": name,
                "sha256": sha256_of(wheel),
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
        folder = os.path.join(self.folder, name)
        found = filesystem.read_json(os.path.join(folder, FILE_NAME))
        if name.startswith(".") or not isinstance(found, dict):
            return None
        try:
            key = WheelKey.from_dict(found["key"])
            path = os.path.join(folder, os.path.basename(found["file"]))
            entry = Entry(key, path, found["sha256"], found["size"], found["origin"], _more(found))
        except (KeyError, TypeError, ValueError):
            return None
        with contextlib.suppress(OSError):
            if key.slug() == name and os.path.getsize(path) == entry.size:
                return entry
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
    """The sha256 of a file, as 64 hex digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        for chunk in iter(lambda: handle.read(_CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _more(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ("key", "file", "sha256", "size", "origin")}
