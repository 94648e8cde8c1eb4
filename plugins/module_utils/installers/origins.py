# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is installed comes from where it should: by commit, by hash. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.requirements import sources
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import Parsed

Origin = Mapping[str, Any]  # the content of direct_url.json, PEP 610


def identity(version: str, origin: Origin | None) -> tuple[str, str]:
    """What tells an installed distribution from another of the same name, and where it came from.

    :param origin: None: it came from an index.
    :returns: the words of :class:`Change`'s ``before`` and ``after``, and its ``origin``.
    """
    if origin is None:
        return version, "index"
    url = str(origin.get("url", ""))
    if (origin.get("dir_info") or {}).get("editable"):
        return f"-e {_path(url)}", "editable"
    vcs = origin.get("vcs_info") or {}
    found = sources.source(f"{vcs['vcs']}+{url}" if vcs.get("vcs") else url)
    kind = "vcs" if vcs else ("dir" if "dir_info" in origin else "url")
    words = sources.Source(
        kind,
        found.url,
        str(vcs.get("commit_id", "")),
        str(origin.get("subdirectory", "")),
        sha256(origin),
    ).words
    return words, kind


def satisfied(wanted: Parsed, origin: Origin | None) -> bool:
    """Whether an installed distribution comes from where a requirement says.

    A git package at another commit, an archive with another hash, or a distribution from an index where a direct
    reference is wanted (or the other way round) does not, though it may have the right version. Versions are the
    installer's business.
    """
    if not wanted.url:
        return origin is None
    if origin is None or (origin.get("dir_info") or {}).get("editable"):
        return False
    source = sources.source(wanted.url)
    if _address(source.url) != _address(sources.source(str(origin.get("url", ""))).url):
        return False
    if str(origin.get("subdirectory", "")) != source.subdirectory:
        return False
    if source.kind == "vcs":
        vcs = origin.get("vcs_info") or {}
        asked, commit = str(vcs.get("requested_revision", "")), str(vcs.get("commit_id", ""))
        if Commit.fits(source.reference):
            return commit == source.reference
        return bool(source.reference) and asked == source.reference
    return source.kind == "url" and bool(source.sha256) and source.sha256 == sha256(origin)


def changes(before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> list[Change]:
    """What is different between two states, each canonical name -> :func:`identity`."""
    result = []
    for name in sorted(set(before) | set(after)):
        old, new = before.get(name), after.get(name)
        if old != new:
            origin = (new or old or ("", ""))[1]
            result.append(Change(name, old[0] if old else None, new[0] if new else None, origin))
    return result


def sha256(origin: Origin) -> str:
    """The recorded hash of an archive; "" if there is none."""
    info = origin.get("archive_info") or {}
    named = str((info.get("hashes") or {}).get("sha256", ""))
    return named or str(info.get("hash", "")).partition("sha256=")[2]


def _address(url: str) -> str:
    return url.rstrip("/")


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)
