# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table after a switch of releases: which host had what, has what, and why. Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.portable.model_env.plugins.plugin_utils import answers, results
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned, gist
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered

SWITCHED, KEPT, REFUSED, UNREACHABLE = "switched", "kept", "refused", "unreachable"
_WHY_WIDTH = 100


def report(hosts: Mapping[str, Registered], given: Mapping[str, Any]) -> Report:
    """A row for each environment of each host.

    :param hosts: the variables of each host.
    :param given: ``result``, the name of the variable.
    """
    found = [row for host, registered in hosts.items() for row in rows(host, registered(given["result"]))]
    failed = {row["host"]: [row["why"]] for row in found if row["done"] in (REFUSED, UNREACHABLE)}
    return Report(render(found), {"rows": found, "failing": failed}, failed, {"rows": found})


def rows(host: str, registered: Any) -> list[dict[str, str]]:
    """The rows of one host."""
    result = results.read(answers.SwitchAnswer, registered)
    if result.unreachable or not result:
        return [_row(host, UNREACHABLE, why=result.why or results.NO_RESULT)]
    if result.failed or result.answer is None:
        return [_row(host, REFUSED, why=result.why)]
    would = "would be " if result.answer.check_mode else ""
    return [
        _row(host, would + SWITCHED, entry.name, entry.before, entry.after, _changes(entry.changes))
        if entry.before != entry.after
        else _row(host, KEPT, entry.name, entry.before, entry.after, "it is active already")
        for entry in result.answer.switched
    ]


def render(shown: Iterable[Mapping[str, str]]) -> str:
    """The table as text, what failed last."""
    lines = sorted(shown, key=lambda row: row["done"] in (REFUSED, UNREACHABLE))
    head = ["host", "environment", "before", "after", "done", "why"]
    return aligned([head, *([row[key] for key in head[:-1]] + [gist(row["why"], _WHY_WIDTH)] for row in lines)])


def _changes(changes: Iterable[answers.Change]) -> str:
    return ", ".join(f"{one.name} {one.before or 'none'} -> {one.after or 'none'}" for one in changes)


def _row(
    host: str, done: str, environment: str = "", before: str = "", after: str = "", why: str = ""
) -> dict[str, str]:
    return {"host": host, "environment": environment, "before": before, "after": after, "done": done, "why": why}
