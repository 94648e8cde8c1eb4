# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories that the fixture server serves: folders on disk, and files made from a seed."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

LFS_FROM = 1 << 20
"""Size from which a file is served as LFS (sha256, redirect to the CDN); the Hub decides likewise by .gitattributes."""

_BLOCK = 1 << 20


def make_file(path: Path, size: int, seed: str) -> str:
    """Write ``size`` bytes that depend on ``seed`` and differ in every block; their sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    block = bytearray(hashlib.shake_128(seed.encode()).digest(_BLOCK))
    total = hashlib.sha256()
    with open(path, "wb") as handle:
        for number in range((size + _BLOCK - 1) // _BLOCK):
            block[:8] = number.to_bytes(8, "little")
            data = bytes(block[: min(_BLOCK, size - number * _BLOCK)])
            handle.write(data)
            total.update(data)
    return total.hexdigest()


@dataclass(frozen=True)
class Blob:
    """One file of a commit."""

    path: str
    source: Path
    size: int
    git_oid: str
    sha256: str

    @property
    def lfs(self) -> bool:
        """Whether the Hub would keep it in LFS."""
        return self.size >= LFS_FROM

    @property
    def etag(self) -> str:
        """What the Hub names it by: sha256 of LFS files, git oid of others."""
        return self.sha256 if self.lfs else self.git_oid


@dataclass(frozen=True)
class Repo:
    """One repository: commits by 40-hex name, and what tags and branches stand for."""

    kind: str
    name: str
    commits: dict[str, dict[str, Blob]]
    refs: dict[str, str]
    gated: bool
    private: bool
    tokens: tuple[str, ...]

    def commit(self, revision: str) -> str | None:
        """The commit of a revision; None if there is none."""
        return revision if revision in self.commits else self.refs.get(revision)


class Store:
    """All repositories below a folder: ``<kind>s/<owner>/<name>/<tag>/<files>``; the last tag in order is ``main``.

    ``<owner>/<name>/hub.json`` may say ``{"gated": true, "private": true, "tokens": [...]}``.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._hashes: dict[tuple[str, int, int], tuple[str, str]] = {}
        self._lock = threading.Lock()
        self._repos: dict[tuple[str, str], Repo] = {}

    def repo(self, kind: str, name: str) -> Repo | None:
        """A repository, read once; :meth:`reload` reads again."""
        with self._lock:
            if (kind, name) not in self._repos:
                folder = self._root / f"{kind}s" / name
                if "/" not in name or not folder.is_dir():
                    return None
                self._repos[kind, name] = self._read(kind, name, folder)
            return self._repos[kind, name]

    def reload(self) -> None:
        """Forget what was read."""
        with self._lock:
            self._repos.clear()

    def _read(self, kind: str, name: str, folder: Path) -> Repo:
        settings = {}
        if (folder / "hub.json").exists():
            settings = json.loads((folder / "hub.json").read_text())
        commits, refs = {}, {}
        for tag in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
            blobs = {}
            for base, _folders, files in os.walk(tag):
                for file in sorted(files):
                    source = Path(base, file)
                    path = source.relative_to(tag).as_posix()
                    blobs[path] = self._blob(path, source)
            listing = "\n".join(f"{path} {blob.etag}" for path, blob in sorted(blobs.items()))
            commit = hashlib.sha1(f"{kind} {name} {tag.name}\n{listing}".encode()).hexdigest()
            commits[commit] = blobs
            refs[tag.name] = refs["main"] = commit
        return Repo(
            kind,
            name,
            commits,
            refs,
            bool(settings.get("gated")),
            bool(settings.get("private")),
            tuple(settings.get("tokens", ())),
        )

    def _blob(self, path: str, source: Path) -> Blob:
        found = source.stat()
        key = (str(source), found.st_size, found.st_mtime_ns)
        if key not in self._hashes:
            git, sha = hashlib.sha1(b"blob %d\x00" % found.st_size), hashlib.sha256()
            with open(source, "rb") as handle:
                while data := handle.read(_BLOCK):
                    sha.update(data)
                    if found.st_size < LFS_FROM:
                        git.update(data)
            self._hashes[key] = (git.hexdigest(), sha.hexdigest())
        return Blob(path, source, found.st_size, *self._hashes[key])
