# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table after a switch of releases: which host had what, has what, and why. Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned, gist

SWITCHED, KEPT, REFUSED, UNREACHABLE = "switched", "kept", "refused", "unreachable"
_WHY_WIDTH = 100


def rows(host: str, result: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of one host.

    :param result: the registered result of the module ``switch``; {} if there is none.
    """
    if result.get("unreachable") or not result:
        return [_row(host, UNREACHABLE, why=str(result.get("msg", "it was lost before anything was done")))]
    if result.get("failed"):
        return [_row(host, REFUSED, why=str(result.get("msg", "")))]
    would = "would be " if result.get("check_mode") else ""
    return [
        _row(host, would + SWITCHED, entry["name"], entry["before"], entry["after"], _changes(entry["changes"]))
        if entry["before"] != entry["after"]
        else _row(host, KEPT, entry["name"], entry["before"], entry["after"], "it is active already")
        for entry in result["switched"]
    ]


def render(shown: Iterable[Mapping[str, str]]) -> str:
    """The table as text, what failed last."""
    lines = sorted(shown, key=lambda row: row["done"] in (REFUSED, UNREACHABLE))
    head = ["host", "environment", "before", "after", "done", "why"]
    return aligned([head, *([row[key] for key in head[:-1]] + [gist(row["why"], _WHY_WIDTH)] for row in lines)])


def failing(all_rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Why, by host."""
    return {row["host"]: row["why"] for row in all_rows if row["done"] in (REFUSED, UNREACHABLE)}


def _changes(changes: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{c['name']} {c['before'] or 'none'} -> {c['after'] or 'none'}" for c in changes)


def _row(
    host: str, done: str, environment: str = "", before: str = "", after: str = "", why: str = ""
) -> dict[str, str]:
    return {"host": host, "environment": environment, "before": before, "after": after, "done": done, "why": why}
