# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end table: what a run did on each host, from the registered results. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned, short

COLUMNS = ("host", "environment", "done", "seconds", "verdicts", "detail")
FAILURES = ("failed", "blocked", "unreachable")
# More rows than this, and the environments that were kept share one row per host.
_ROWS_SHOWN_SINGLY = 40
_DETAIL_WIDTH = 70
_DONE = {"keep": "kept", "build": "built", "activate": "activated", "remove": "removed", "clean": "cleaned"}


def host_rows(
    host: str, plan: Mapping[str, Any], done: Mapping[str, Any], failed: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows of one host.

    :param plan: the registered result of the plan ({} if there is none).
    :param done: the registered result of the loop over the release module ({} if it did not run).
    :param failed: the result of a task that failed before the loop ({} if none did).
    """
    rows = [
        _row(host, name, "kept", None, env.get("verdicts", []), f"{env.get('distributions', 0)} distributions")
        for name, env in sorted(plan.get("kept", {}).items())
    ]
    for entry in plan.get("blocked", []):
        rows.append(_row(host, entry["name"], "blocked", None, [], entry["msg"]))
    results = {_item(result).get("name", ""): result for result in done.get("results", [])}
    for entry in plan.get("work", []):
        result = results.get(entry["name"])
        if result is not None:
            rows.append(_done_row(host, entry, result))
    if failed and not any(row["done"] == "failed" for row in rows):
        rows.append(_row(host, "", "failed", None, [], str(failed.get("msg", "a task failed"))))
    return rows


def verified_rows(host: str, verified: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one host after a verification.

    :param verified: the registered result of the verify module ({} if it did not run).
    """
    environments = verified.get("environments", [])
    rows = []
    for env in environments:
        failed = env["verdict"] == verdicts.FAIL
        detail = "; ".join(env["failures"] or env["skips"])
        row = _row(host, env["name"], "failed" if failed else "verified", env["seconds"], [], detail)
        rows.append({**row, "verdicts": env["summary"]})
    if verified.get("failed") and not environments:
        rows.append(_row(host, "", "failed", None, [], str(verified.get("msg", "the verification failed"))))
    return rows


def lost_row(host: str, why: str) -> dict[str, Any]:
    """The row of a host that has no result."""
    return _row(host, "", "unreachable", None, [], why)


def failures(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The reasons of a host's failed rows, each with the environment's name."""
    found = []
    for row in rows:
        if row["done"] in FAILURES:
            prefix = f"{row['environment']}: "
            detail = str(row["detail"])
            found.append(detail if not row["environment"] or detail.startswith(prefix) else prefix + detail)
    return found


def render(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table as text, failures last, where a terminal shows them."""
    shown = sorted(_collapsed(rows), key=lambda row: row["done"] in FAILURES)
    return aligned([COLUMNS, *([_cell(row, column) for column in COLUMNS] for row in shown)])


def _done_row(host: str, entry: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    seconds, proven = result.get("seconds"), result.get("verdicts", [])
    if result.get("failed"):
        return _row(host, entry["name"], "failed", seconds, proven, str(result.get("msg", "")))
    action = result.get("action", entry["action"])  # another run may have done meanwhile what was planned
    word = _DONE.get(action, action)
    if result.get("check_mode"):
        word = f"would be {word}"
    return _row(host, entry["name"], word, seconds, proven, "; ".join(entry.get("reasons", [])))


def _row(
    host: str, environment: str, done: str, seconds: float | None, proven: Sequence[Mapping[str, Any]], detail: str
) -> dict[str, Any]:
    return {
        "host": host,
        "environment": environment,
        "done": done,
        "seconds": seconds,
        "verdicts": verdicts.summary([dict(verdict) for verdict in proven]) if proven else "",
        "detail": detail,
    }


def _item(result: Mapping[str, Any]) -> Mapping[str, Any]:
    item = result.get(result.get("ansible_loop_var", "item"), {})
    return item if isinstance(item, Mapping) else {}


def _collapsed(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if len(rows) <= _ROWS_SHOWN_SINGLY:
        return list(rows)
    kept: dict[str, int] = {}
    for row in rows:
        if row["done"] == "kept":
            kept[row["host"]] = kept.get(row["host"], 0) + 1
    together = [_row(host, f"({count} environments)", "kept", None, [], "") for host, count in sorted(kept.items())]
    return together + [row for row in rows if row["done"] != "kept"]


def _cell(row: Mapping[str, Any], column: str) -> str:
    value = row[column]
    if value is None:
        return ""
    if column == "seconds":
        return f"{value:.1f}"
    return short(value, _DETAIL_WIDTH) if column == "detail" else " ".join(str(value).split())
