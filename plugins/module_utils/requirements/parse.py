# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirement lines (PEP 508) without the ``packaging`` library, which a node need not have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*"
    r"(?:@\s*(?P<url>\S+)|\(?(?P<specifier>[<>=!~][^;)]*)\)?)?\s*(?:;\s*(?P<marker>.+))?"
)
_SPECIFIER = re.compile(r"(===|==|~=|!=|<=|>=|<|>)[\w.+*!-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Parsed:
    """The parts of one requirement line.

    :ivar name: as written.
    :ivar extras: as written, without brackets.
    :ivar specifiers: each with its operator (``==2.5.1``), without blanks.
    :ivar url: of a direct reference, with its fragment; "" if there is none.
    :ivar marker: after the semicolon; "" if there is none.
    """

    name: str
    extras: tuple[str, ...] = ()
    specifiers: tuple[str, ...] = ()
    url: str = ""
    marker: str = ""

    @property
    def key(self) -> str:
        """The name by which distributions are compared."""
        return canonical(self.name)

    @property
    def head(self) -> str:
        """Name and extras, as a requirement begins."""
        return self.name + (f"[{','.join(self.extras)}]" if self.extras else "")

    @property
    def version(self) -> str:
        """The version that an exact pin names; "" if there is no exact pin."""
        if len(self.specifiers) != 1:
            return ""
        match = re.fullmatch(r"={2,3}([^*]+)", self.specifiers[0])
        return match.group(1) if match else ""

    def pinned(self, version: str) -> str:
        """The same requirement for one version, whatever it asked for before."""
        return f"{self.head}=={version}" + (f" ; {self.marker}" if self.marker else "")


@dataclass(frozen=True)
class Source:
    """Where a direct reference points.

    :ivar kind: ``vcs``, ``url`` or ``dir``.
    :ivar url: without credentials, ``git+``, reference and fragment.
    :ivar reference: commit, tag or branch of a repository.
    :ivar subdirectory: of the archive or repository.
    :ivar sha256: hash that the URL carries; "" if none.
    """

    kind: str
    url: str
    reference: str = ""
    subdirectory: str = ""
    sha256: str = ""

    @property
    def words(self) -> str:
        """The reference as a requirement writes it."""
        fragment = f"#subdirectory={self.subdirectory}" if self.subdirectory else ""
        if self.kind == "vcs":
            return f"git+{self.url}" + (f"@{self.reference}" if self.reference else "") + fragment
        return self.url + (f"#sha256={self.sha256}" if self.sha256 else fragment)


def canonical(name: str) -> str:
    """The name by which distributions are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(text: str) -> Parsed | None:
    """The parts of a requirement line; None if it is none (a path, an option, nonsense)."""
    match = _LINE.fullmatch(text.strip())
    if not match:
        return None
    extras = tuple(part.strip() for part in (match.group("extras") or "").split(",") if part.strip())
    specifiers = tuple("".join(part.split()) for part in (match.group("specifier") or "").split(",") if part.strip())
    if not all(map(_SPECIFIER.fullmatch, specifiers)):
        return None
    return Parsed(
        match.group("name"), extras, specifiers, match.group("url") or "", (match.group("marker") or "").strip()
    )


def source(url: str) -> Source:
    """What a direct reference's URL means."""
    parts = urlsplit(url)
    fragment = parse_qs(parts.fragment)
    subdirectory = (fragment.get("subdirectory") or [""])[0]
    if parts.scheme.startswith("git+"):
        path, _at, reference = parts.path.rpartition("@") if "@" in parts.path else (parts.path, "", "")
        plain = _without_credentials(urlunsplit((parts.scheme[len("git+") :], parts.netloc, path, parts.query, "")))
        return Source("vcs", plain, reference, subdirectory)
    plain = _without_credentials(urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, "")))
    archive = re.search(r"\.(whl|zip|tar\.\w+|tgz)$", parts.path)
    kind = "dir" if parts.scheme == "file" and not archive else "url"
    return Source(kind, plain, "", subdirectory, (fragment.get("sha256") or [""])[0])


def is_commit(reference: str) -> bool:
    """Whether a git reference is a whole commit."""
    return bool(_COMMIT.fullmatch(reference))


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    user, at, where = parts.netloc.rpartition("@")
    # ssh://git@host: the user is a part of the address, not a secret.
    keep = f"{user}@" if at and parts.scheme == "ssh" and ":" not in user else ""
    return urlunsplit(parts._replace(netloc=keep + where))
