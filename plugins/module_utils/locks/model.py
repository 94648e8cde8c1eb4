# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resolution gave: every distribution of an environment, by version and hash, or by commit. Pure.

The controller reads it from ``pylock.toml`` (PEP 751) and sends it to nodes as the dict that :meth:`Lock.to_dict`
writes; receipts keep that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import (
    Commit,
    DistributionName,
    FileName,
    Line,
    PathBelow,
    Sha256,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Locked

# The oldest platform that wheels must fit where nobody says otherwise, as uv names it: glibc 2.28.
PLATFORM = "x86_64-manylinux_2_28"
# Raised when the same file would be installed otherwise.
_FORMAT = 1


@dataclass(frozen=True)
class LockedFile:
    """A file of an index.

    :ivar size: bytes; 0: the index does not say.
    """

    name: FileName
    sha256: Sha256
    size: int = 0


@dataclass(frozen=True)
class LockedSource:
    """Where a distribution comes from that no index has: an archive at a URL, or a git repository at a commit.

    :ivar sha256: of the archive; "": it is a repository.
    :ivar commit: of the repository; "": it is an archive.
    :ivar subdirectory: of the project inside; "": its top.
    """

    url: Line
    sha256: Optional[Sha256] = None
    commit: Optional[Commit] = None
    subdirectory: Optional[PathBelow] = None

    @property
    def requirement(self) -> str:
        """The URL of a requirement (PEP 508), with what pins it."""
        parts = [f"sha256={self.sha256}"] if self.sha256 else []
        parts += [f"subdirectory={self.subdirectory}"] if self.subdirectory else []
        url = f"git+{self.url}@{self.commit}" if self.commit else self.url
        return url + ("#" + "&".join(parts) if parts else "")

    @property
    def direct_url(self) -> dict[str, Any]:
        """What an installer writes to ``direct_url.json`` (PEP 610)."""
        found: dict[str, Any] = {"url": self.url}
        if self.commit:
            found["vcs_info"] = {"vcs": "git", "commit_id": self.commit}
        else:
            found["archive_info"] = {"hashes": {"sha256": self.sha256}}
        return {**found, **({"subdirectory": self.subdirectory} if self.subdirectory else {})}

    def __post_init__(self) -> None:
        if (self.sha256 is None) == (self.commit is None):
            raise ValueError("needs either a sha256 or a commit")


@dataclass(frozen=True)
class LockedPackage:
    """One distribution.

    :ivar name: canonical.
    :ivar version: "" for a source whose metadata says none before it is built.
    :ivar wheels: of the index, those that fit the lock's platform.
    :ivar sdist: of the index, where there is one.
    :ivar source: instead of an index.
    """

    name: DistributionName
    version: str = ""
    wheels: tuple[LockedFile, ...] = ()
    sdist: Optional[LockedFile] = None
    source: Optional[LockedSource] = None

    def __post_init__(self) -> None:
        Line.parse(self.version)
        if self.source is None and not (self.version and (self.wheels or self.sdist)):
            raise ValueError(f"{self.name} has neither files of a version nor a source")

    @property
    def files(self) -> tuple[LockedFile, ...]:
        """Those of which one is installed: wheels, and where there are none, the source archive."""
        return self.wheels or ((self.sdist,) if self.sdist else ())

    def held_to(self, hashes: Sequence[str]) -> LockedPackage:
        """See :meth:`Lock.held_to`."""
        if self.source is not None:
            return self
        held = [file for file in (*self.wheels, self.sdist) if file and f"sha256:{file.sha256}" in hashes]
        if not held:
            raise ModelEnvError(
                f"no file of {self.name} {self.version} has a hash that the spec allows",
                why=f"the spec has {', '.join(hashes)}; the index has "
                + ", ".join(f"sha256:{file.sha256} ({file.name})" for file in self.files),
                todo="correct the hashes of the spec (a lock knows sha256), or look why the index has other files",
                kind="invalid",
            )
        sdist = self.sdist if self.sdist in held else None
        return replace(self, wheels=tuple(file for file in self.wheels if file in held), sdist=sdist)

    @property
    def words(self) -> str:
        """What is locked, as people say it: a version, or a commit or URL."""
        if self.source is None:
            return self.version
        return f"git+{self.source.url}@{self.source.commit}" if self.source.commit else self.source.url


@dataclass(frozen=True)
class Lock:
    """One lock.

    :ivar spec: digest of the spec that it was made from.
    :ivar python: version, as in the spec.
    :ivar platform: the oldest that its wheels fit, e.g. ``x86_64-manylinux_2_28``.
    :ivar resolver: that made it, with its version.
    :ivar packages: sorted by name.
    """

    spec: Sha256
    python: Line
    platform: Line
    resolver: Line
    packages: tuple[LockedPackage, ...] = field(default=())

    def __post_init__(self) -> None:
        names = [one.name for one in self.packages]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} more than once")

    @classmethod
    def from_dict(cls, given: Any, where: str) -> Lock:
        """Read what :meth:`to_dict` wrote.

        :param where: whose lock it is, for errors.
        :raises ModelEnvError: (invalid) it is no lock.
        """
        return strict.read_or_explain(cls, given, what="the lock cannot be read", where=where)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """The sha256 (64 hex digits) of what is installed: contents, not where they come from or who resolved them."""
        contents = [
            [
                one.name,
                one.version,
                sorted(file.sha256 for file in one.files),
                [one.source.sha256, one.source.commit, one.source.subdirectory] if one.source else [],
            ]
            for one in sorted(self.packages, key=lambda one: one.name)
        ]
        text = json.dumps([_FORMAT, self.python, contents], separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def held_to(self, hashes: Mapping[str, Sequence[str]]) -> Lock:
        """The lock with those files alone that a spec allows.

        :param hashes: ``sha256:<hex>`` values of files by canonical name; a name that is not in it may have any.
        :raises ModelEnvError: (invalid) no file of a name is allowed.
        """
        held = (one.held_to(hashes[one.name]) if one.name in hashes else one for one in self.packages)
        return replace(self, packages=tuple(held))

    def commit(self, name: str) -> str:
        """The commit that a distribution is locked at; "" if it is none from git."""
        wanted: str = canonicalize_name(name)
        found = [one.source.commit for one in self.packages if one.name == wanted and one.source is not None]
        return (found[0] or "") if found else ""

    @property
    def contents(self) -> dict[str, str]:
        """What is locked, as people say it, by name."""
        return {one.name: one.words for one in self.packages}


def as_locked(lock: Lock) -> Locked:
    """What a spec keeps of its lock."""
    return Locked(lock.digest, lock.contents)


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What another lock changes, a line each.

    :param before: :attr:`Lock.contents` of the one, ``after`` of the other.
    """
    lines = []
    for name in sorted(set(before) | set(after)):
        old, new = before.get(name), after.get(name)
        if old != new:
            lines.append(f"{name} {old or '(none)'} -> {new or '(none)'}")
    return lines
