# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end table: what a run did on each host, from the registered results. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.plugin_utils import answers, results
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned, short
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered, Result

COLUMNS = ("host", "environment", "done", "seconds", "verdicts", "detail")
FAILURES = ("failed", "blocked", "unreachable")
# More rows than this, and the environments that were kept share one row per host.
_ROWS_SHOWN_SINGLY = 40
_DETAIL_WIDTH = 70
_DONE = {"keep": "kept", "build": "built", "activate": "activated", "remove": "removed", "clean": "cleaned"}


def report(hosts: Mapping[str, Registered], given: Mapping[str, Any]) -> Report:
    """A row for each environment of each host.

    :param hosts: the variables of each host.
    :param given: ``plan``, ``done``, ``failed_task`` and ``shared``, the names of the variables.
    """
    rows = {host: host_rows(host, registered, given) for host, registered in hosts.items()}
    return of_rows(rows)


def of_rows(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Report:
    """The report of rows by host."""
    together = [row for of_host in rows.values() for row in of_host]
    failing = {host: reasons for host, of_host in rows.items() if (reasons := failures(of_host))}
    return Report(render(together), {"rows": together, "failing": failing}, failing, {"rows": together})


def host_rows(host: str, registered: Registered, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one host."""
    planned = results.read(answers.PlanAnswer, registered(given["plan"]))
    done = results.read_loop(answers.ReleaseAnswer, registered(given["done"]))
    failure = results.message(registered(given["failed_task"])) or results.refusal(registered, given["shared"])
    lost = next((result.why for result in (planned, done.whole, *done.results.values()) if result.unreachable), None)
    if lost is not None or not (planned or done or failure):
        return [lost_row(host, lost or results.NO_RESULT)]
    failure = failure or (planned.why if planned.unreadable else "") or (done.whole.why if not done.results else "")
    rows = _rows(host, planned.answer, done.results)
    known = {row["environment"] for row in rows}
    stray = [(name, one.why) for name, one in done.results.items() if one.failed and name not in known]
    rows += [make_row(host, "failed", name, detail=why) for name, why in stray]
    if failure and not any(row["done"] == "failed" for row in rows):
        rows.append(make_row(host, "failed", detail=failure))
    return rows


def lost_row(host: str, why: str) -> dict[str, Any]:
    """The row of a host that has no result."""
    return make_row(host, "unreachable", detail=why)


def make_row(
    host: str, done: str, environment: str = "", seconds: float | None = None, summary: str = "", detail: str = ""
) -> dict[str, Any]:
    """One row; ``summary`` is of the verdicts."""
    return {
        "host": host,
        "environment": environment,
        "done": done,
        "seconds": seconds,
        "verdicts": summary,
        "detail": detail,
    }


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


def _rows(
    host: str, planned: answers.PlanAnswer | None, done: Mapping[str, Result[answers.ReleaseAnswer]]
) -> list[dict[str, Any]]:
    if planned is None:
        return []
    rows = [
        make_row(host, "kept", name, None, _summary(kept.verdicts), f"{kept.distributions} distributions")
        for name, kept in sorted(planned.kept.items())
    ]
    rows += [make_row(host, "blocked", entry.name, detail=entry.msg) for entry in planned.blocked]
    return rows + [_done_row(host, entry, done[entry.name]) for entry in planned.work if entry.name in done]


def _done_row(host: str, entry: answers.PlannedWork, result: Result[answers.ReleaseAnswer]) -> dict[str, Any]:
    answer = result.answer or answers.ReleaseAnswer()
    if result.failed:
        return make_row(host, "failed", entry.name, answer.seconds or None, _summary(answer.verdicts), result.why)
    action = answer.action or entry.action  # another run may have done meanwhile what was planned
    done = ("would be " if answer.check_mode else "") + _DONE.get(action, action)
    return make_row(host, done, entry.name, answer.seconds, _summary(answer.verdicts), "; ".join(entry.reasons))


def _summary(found: Sequence[answers.Verdict]) -> str:
    return verdicts.summary([results.as_dict(one) for one in found]) if found else ""


def _collapsed(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if len(rows) <= _ROWS_SHOWN_SINGLY:
        return list(rows)
    kept: dict[str, int] = {}
    for row in rows:
        if row["done"] == "kept":
            kept[row["host"]] = kept.get(row["host"], 0) + 1
    together = [make_row(host, "kept", f"({count} environments)") for host, count in sorted(kept.items())]
    return together + [row for row in rows if row["done"] != "kept"]


def _cell(row: Mapping[str, Any], column: str) -> str:
    value = row[column]
    if value is None:
        return ""
    if column == "seconds":
        return f"{value:.1f}"
    return short(value, _DETAIL_WIDTH) if column == "detail" else " ".join(str(value).split())
