# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: what a folder holds of one repository, so that nothing-to-do needs neither network nor hashing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.names import Digest
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import Selection
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    HubFile,
    RepoPath,
    unpack,
)

_VERSION = 1
_LONGEST = 1 << 24  # characters of one value
_PIECE = 1000  # files that are written at a time


@dataclass(frozen=True)
class Held:
    """A file that was verified: what it was then.

    :ivar size: bytes.
    :ivar raw: as in :class:`HubFile`; what was compared.
    :ivar mtime_ns: modification time when it was verified.
    """

    __slots__ = ("mtime_ns", "raw", "size")

    size: int
    raw: bytes
    mtime_ns: int

    @property
    def digest(self) -> Digest:
        """The same in words."""
        return unpack(self.raw)


@dataclass
class Manifest:
    """One repository in one target folder.

    :ivar repo_id: ``owner/name``.
    :ivar repo_type: model, dataset or space.
    :ivar requested: the revision that the operator wrote.
    :ivar commit: the 40-hex commit that it stands for.
    :ivar selection: what was wanted of it.
    :ivar tree: every file of that commit, wanted or not, so that another selection needs no request.
    :ivar files: what is there, verified, by path.
    """

    repo_id: str
    repo_type: str
    requested: str = ""
    commit: str = ""
    selection: Selection = field(default_factory=Selection)
    tree: list[HubFile] = field(default_factory=list)
    files: dict[RepoPath, Held] = field(default_factory=dict)


def file_name(repo_type: str, repo_id: str) -> str:
    """The name of the manifest in the state folder; one repository each, so that several may share a folder."""
    return f"{repo_type}--{repo_id.replace('/', '--')}.json"


def manifest_text(manifest: Manifest) -> Iterator[str]:
    """As text, in pieces, since that of a large repository takes as much memory as all that is known of it.

    Equal manifests give equal text.
    """
    selection = manifest.selection
    yield _json(
        {
            "version": _VERSION,
            "repo_id": manifest.repo_id,
            "repo_type": manifest.repo_type,
            "requested": manifest.requested,
            "commit": manifest.commit,
            "selection": {"allow": selection.allow, "ignore": selection.ignore, "names": selection.names},
        }
    )[:-1]
    yield ',"tree":['
    for start in range(0, len(manifest.tree), _PIECE):
        part = _json([[file.path, file.size, file.digest] for file in manifest.tree[start : start + _PIECE]])
        yield f"{',' if start else ''}{part[1:-1]}"
    yield '],"files":{'
    paths = sorted(manifest.files)
    for start in range(0, len(paths), _PIECE):
        held = ((path, manifest.files[path]) for path in paths[start : start + _PIECE])
        part = _json({path: [one.size, one.digest, one.mtime_ns] for path, one in held})
        yield f"{',' if start else ''}{part[1:-1]}"
    yield "}}\n"


def parse_manifest(pieces: Iterable[str]) -> Manifest | None:
    """Read a manifest; None if it is damaged or of another version: its files are then checked by their content.

    :param pieces: its text. It is read as it comes, in the order in which :func:`manifest_text` writes it.
    """
    reader = _Reader(pieces)
    try:
        head = reader.until(',"tree":[')
        data: dict[str, Any] = strict.read_json(head + "}")
        if data["version"] != _VERSION:
            return None
        if not all(isinstance(data[name], str) for name in ("repo_id", "repo_type", "requested", "commit")):
            return None
        chosen = data["selection"]
        manifest = Manifest(
            repo_id=data["repo_id"],
            repo_type=data["repo_type"],
            requested=data["requested"],
            commit=data["commit"],
            selection=Selection(tuple(chosen["allow"]), tuple(chosen["ignore"]), tuple(chosen["names"])),
        )
        while reader.more("]"):
            manifest.tree.append(HubFile.parse(*reader.value()))
        # Both are in order, so that the words of what is listed need not be kept twice.
        listed = sorted(manifest.tree, key=lambda file: file.path)
        position = 0
        reader.expect(',"files":{')
        while reader.more("}"):
            path = str(reader.value())
            reader.expect(":")
            size, digest, mtime_ns = reader.value()
            while position < len(listed) and listed[position].path < path:
                position += 1
            file = HubFile.parse(path, size, digest)
            if position < len(listed) and listed[position].path == path:
                same = listed[position]
                file = same if same.raw == file.raw and same.size == file.size else replace(file, path=same.path)
            manifest.files[file.path] = Held(file.size, file.raw, int(mtime_ns))
        reader.expect("}")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return manifest


class _Reader:
    """JSON, value by value."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._text = ""
        self._at = 0
        self._value = json.JSONDecoder().raw_decode

    def until(self, mark: str) -> str:
        """What comes before a mark, which is passed over."""
        while mark not in self._text:
            self._fill()
        found, _mark, self._text = self._text.partition(mark)
        return found

    def expect(self, mark: str) -> None:
        """Pass over a mark.

        :raises ValueError: something else is there.
        """
        while len(self._text) - self._at < len(mark):
            self._fill()
        if not self._text.startswith(mark, self._at):
            raise ValueError(f"no {mark}")
        self._at += len(mark)

    def more(self, end: str) -> bool:
        """Whether another value follows, before the mark that ends them."""
        while len(self._text) == self._at:
            self._fill()
        first = self._text[self._at]
        if first in (",", end):
            self._at += 1
        return first != end

    def value(self) -> Any:
        """The next value; one that is a number cannot be the last of a piece."""
        while True:
            try:
                found, self._at = self._value(self._text, self._at)
                return found
            except ValueError:
                self._fill()

    def _fill(self) -> None:
        piece = next(self._pieces, "")
        if not piece or len(self._text) - self._at > _LONGEST:
            raise ValueError("it ends too soon, or never")
        self._text, self._at = self._text[self._at :] + piece, 0


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
