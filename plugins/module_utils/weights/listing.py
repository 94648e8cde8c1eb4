# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository of the Hub holds at a commit: the answers of the Hub, believed only where they make sense.

This is the only way from an answer to a :class:`HubFile`, for the transfer and for the preflight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit, Digest, Sha256, shown
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    HubFile,
    RepoPath,
    pack,
    parse_size,
)

_MARKER = "\x00path\x00"
_FILE = "file"
MOST_FILES = 300_000
"""Files and folders of one repository that are taken. The Hub advises to keep below 100,000; each takes some 300 bytes
of memory for as long as the run lasts."""


@dataclass(frozen=True)
class Listing:
    """A repository at a commit.

    :ivar commit: what the revision stands for.
    :ivar tree: its files.
    :ivar url_template: address of a file, with a marker for its path (``probes/hub.py`` puts it there).
    """

    commit: Commit
    tree: list[HubFile]
    url_template: str

    def url(self, path: str) -> str:
        """Address of one file."""
        return self.url_template.replace(_MARKER, quote(path))


@dataclass(frozen=True)
class _Lfs:
    oid: Sha256
    size: int


@dataclass(frozen=True)
class _Entry:
    """A file of the Hub's ``tree``. Where ``lfs`` is there, its own ``oid`` is that of a pointer."""

    path: RepoPath
    size: int
    oid: Commit
    lfs: Optional[_Lfs] = None


class Tree:
    """The files of a repository, gathered from the pages of its listing.

    :param where: the repository and the server that lists it, for messages.
    :ivar files: what was listed so far.
    """

    def __init__(self, where: str) -> None:
        self.files: list[HubFile] = []
        self._where = where
        self._entries = 0
        self._names: set[str] = set()

    def add(self, page: str) -> int:
        """Take the files of one page; how many entries it had.

        :param page: the body of the answer.
        :raises ModelEnvError: (``invalid``) it is no listing, or lists what cannot be.
        """
        try:
            entries = strict.read_json(page)
            if not isinstance(entries, list):
                raise strict.Refused("", "is no list of files")
            for number, data in enumerate(entries):
                self._add(data, f"entry {self._entries + number + 1}")
        except strict.Refused as refused:
            raise self._unbelievable(str(refused)) from refused
        self._entries += len(entries)
        if self._entries > MOST_FILES:
            raise self._unbelievable(f"it has more than {MOST_FILES} entries, and no more are taken")
        return len(entries)

    def finish(self) -> list[HubFile]:
        """All files, once every page is there.

        :raises ModelEnvError: (``invalid``) one is a file and a folder.
        """
        for file in self.files:
            for folder in _folders(file.path):
                if folder in self._names:
                    raise self._unbelievable(f"{shown(folder)} is a file, and the folder of {shown(file.path)}")
        self._names.clear()
        return self.files

    def _add(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise strict.Refused(place, "is not a block of keys")
        if data.get("type") != _FILE:
            return
        if isinstance(data.get("path"), str):
            place = f"{place}, {shown(data['path'])}:"
        try:
            entry = strict.read(_Entry, data, extra=True)
            size = parse_size(entry.lfs.size if entry.lfs else entry.size)
        except strict.Refused as refused:
            raise strict.Refused(f"{place} {refused.place}", refused.problem) from refused
        except ValueError as error:
            raise strict.Refused(f"{place} size", str(error)) from error
        if entry.path in self._names:
            raise strict.Refused(place, "is listed twice")
        self._names.add(entry.path)
        digest = f"sha256:{entry.lfs.oid}" if entry.lfs else f"git-sha1:{entry.oid}"
        self.files.append(HubFile(entry.path, size, pack(Digest.parse(digest))))

    def _unbelievable(self, why: str) -> ModelEnvError:
        return unbelievable(self._where, why)


def parse_commit(answer: Any, revision: str, where: str) -> Commit:
    """The commit that the Hub says a revision stands for.

    :raises ModelEnvError: (``invalid``) it is none, or another one than was asked for.
    """
    if not isinstance(answer, str) or not Commit.fits(answer):
        raise unbelievable(where, f"the commit of {shown(revision)} is {shown(str(answer))}, which is none")
    if Commit.fits(revision) and answer != revision:
        raise unbelievable(where, f"the commit {revision} was asked for, and {answer} is answered")
    return Commit.parse(answer)


def unbelievable(where: str, why: str) -> ModelEnvError:
    """The error for an answer of the Hub that cannot be true."""
    return ModelEnvError(
        "what the Hub says of the repository cannot be believed, so nothing of it is taken",
        where=where,
        why=why,
        todo="if that is a mirror (endpoint, HF_ENDPOINT), ask the Hub itself; else tell whoever keeps the repository",
        kind="invalid",
    )


def _folders(path: str) -> Iterator[str]:
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)
