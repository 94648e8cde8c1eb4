# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a direct reference (``name @ <URL>``) points: a repository, an archive or a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit


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


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    user, at, where = parts.netloc.rpartition("@")
    # ssh://git@host: the user is a part of the address, not a secret.
    keep = f"{user}@" if at and parts.scheme == "ssh" and ":" not in user else ""
    return urlunsplit(parts._replace(netloc=keep + where))
