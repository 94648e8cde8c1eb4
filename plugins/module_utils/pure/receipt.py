# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receipt of a release: what was asked, what was built, how, and what was proven.

The format is versioned by ``FORMAT``; a receipt of another format is treated as missing, so its release is built anew.
"""

from __future__ import annotations

from typing import Any, Mapping

FORMAT = 1
FILE_NAME = "model_env-receipt.json"


def distribution_entry(
    version: str, direct_url: Mapping[str, Any] | None, record_size: int, record_mtime_ns: int
) -> dict[str, Any]:
    """How one installed distribution is recorded.

    :param direct_url: the content of its ``direct_url.json`` (PEP 610); None: it came from an index.
    :param record_size: bytes of its RECORD file; with the time below it tells a reinstallation by hand.
    :param record_mtime_ns: modification time of RECORD in nanoseconds (kept in whole seconds, which every
        filesystem stores).
    """
    origin, commit = origin_of(direct_url)
    return {
        "version": version,
        "origin": origin,
        "commit": commit,
        "record": [record_size, record_mtime_ns // 1_000_000_000],
    }


def origin_of(direct_url: Mapping[str, Any] | None) -> tuple[str, str]:
    """Where a distribution came from, as (``index`` or its URL, commit or "")."""
    if not direct_url:
        return "index", ""
    commit = str((direct_url.get("vcs_info") or {}).get("commit_id", ""))
    return str(direct_url.get("url", "")), commit


def drift(recorded: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What was changed by hand since the release was built, a line each; empty: nothing.

    :param recorded: the receipt's distributions.
    :param found: the same of the node as it is now.
    """
    lines = []
    for name in sorted(set(recorded) | set(found)):
        before, after = recorded.get(name), found.get(name)
        if after is None:
            lines.append(f"{name} {before['version'] if before else ''} was removed by hand")
        elif before is None:
            lines.append(f"{name} {after['version']} was added by hand")
        elif before["version"] != after["version"]:
            lines.append(f"{name} {before['version']} was replaced by {after['version']} by hand")
        elif before["commit"] != after["commit"]:
            lines.append(f"{name} was moved from commit {before['commit'][:12]} to {after['commit'][:12]} by hand")
        elif before["record"] != after["record"] or before["origin"] != after["origin"]:
            lines.append(f"{name} {after['version']} was reinstalled by hand")
    return lines


def changes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a switch from one set of distributions to another changes.

    :returns: entries ``{name, before, after, origin}``; before/after are ``version`` or ``version @ commit``, None
        where the distribution is absent.
    """
    result = []
    for name in sorted(set(before) | set(after)):
        old, new = _label(before.get(name)), _label(after.get(name))
        if old != new:
            origin = (after.get(name) or before[name]).get("origin", "index")
            result.append({"name": name, "before": old, "after": new, "origin": origin})
    return result


def listing(distributions: Mapping[str, Mapping[str, Any]]) -> str:
    """The distributions as text, one a line: what ``--diff`` compares."""
    return "".join(f"{name}=={_label(distributions[name])}\n" for name in sorted(distributions))


def _label(entry: Mapping[str, Any] | None) -> str | None:
    if entry is None:
        return None
    commit = entry.get("commit") or ""
    return f"{entry['version']} @ {commit[:12]}" if commit else str(entry["version"])
