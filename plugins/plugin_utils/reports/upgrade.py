# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade says: the programme before it, the table and what to do after it. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.plugin_utils import results
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned, gist, short
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.programme import gate
from ansible_collections.portable.model_env.plugins.plugin_utils.words import number_of, some

_WIDTH = 90
_CURES = {
    outcomes.UNREACHABLE: "mend the connection, or leave these hosts out (-l 'gpu_nodes:!HOST')",
    outcomes.BLOCKED: "do what the message says, or leave these hosts out (-l 'gpu_nodes:!HOST')",
    outcomes.NOT_READY: "see preflight.yml -l HOST for the cures, or leave these hosts out (-l 'gpu_nodes:!HOST')",
    outcomes.NOT_BUILT: "read the installer's log on the host; what was active is still active there",
    outcomes.NOT_DRAINED: "mend what upgrade_before_tasks does there; nothing was switched on these hosts",
    outcomes.REFUSED: "do what the message says; nothing was switched on these hosts",
    outcomes.BACK: "find out why the new release fails there; it is kept beside the old one, which is active again",
    outcomes.LOST: "look whether the host lives: it may run the old release or the new one (audit.yml says which)",
    outcomes.NOT_RESUMED: "the new release is active, but the host may still be drained: resume it by hand",
}


def report(hosts: Mapping[str, Registered], given: Mapping[str, Any]) -> Report:
    """The end of an upgrade: what became of each host, and why it stopped if it did.

    :param hosts: the variables of each host of the programme.
    :param given: ``programme``, what the action ``upgrade`` drew up.
    """
    drawn = given["programme"]
    fleet = {host: outcomes.read(registered) for host, registered in hosts.items()}
    found, stop = rows(fleet, drawn), ""
    if any(row["done"] == outcomes.WAITING for row in found):
        stop = drawn["stop"] or gate(fleet, drawn, [])["stop"]
    failed, told = failing(found), {"rows": found, "stop": stop}
    return Report(ending(found, drawn, stop), {"programme": drawn, **told, "failing": failed}, failed, told)


def failing(found: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Why hosts failed, by host.

    :param found: what :func:`rows` returned.
    """
    return {row["host"]: [f"{row['done']}: {row['why']}"] for row in found if row["done"] in outcomes.FAILURES}


def fetched(records: Records) -> tuple[int, bool]:
    """Bytes that a host fetches, and whether that is all: the preflight names what it could not ask for."""
    answer = records.preflight.answer
    spaces = [space for one in (answer.verdicts if answer else ()) if (space := results.space(one))]
    complete = bool(spaces or not outcomes.prepares(records)) and not any(space.unknown for space in spaces)
    return sum(space.needed for space in spaces), complete


def programme(fleet: Mapping[str, Records], drawn: Mapping[str, Any], at_once: int) -> str:
    """Who, what, in which batch, how many bytes; one line a host, those without work in the sum only."""
    lines = [["host", "batch", "to fetch", "what"]]
    total, complete, idle = 0, True, 0
    for host, records in _in_order(fleet, drawn):
        state, why = outcomes.outcome(records)
        if state == outcomes.CURRENT and not outcomes.prepares(records):
            idle += 1
            continue
        size, known = fetched(records)
        total, complete = total + size, complete and known
        batch = drawn["batch"].get(host, "-")
        what = f"{state}: {why}" if state in outcomes.FAILURES else _what(records)
        lines.append([host, batch, sizes.shown(size) + ("" if known else "+"), short(what, _WIDTH)])
    table = aligned(lines) + "\n\n" if len(lines) > 1 else ""
    counts = ", ".join(str(size) for size in drawn["serial"])
    return (
        table
        + f"{number_of(drawn['fleet'], 'host')}: {idle} with nothing to do, {len(drawn['batch'])} to switch"
        + (f" in batches of {counts}" if counts else "")
        + f". To fetch: {sizes.shown(total)}{'' if complete else ' and what the preflight could not ask for'},"
        + f" on {number_of(at_once, 'host')} at once."
        + f"\nThe run ends when a canary has failed, or {number_of(drawn['budget'], 'host')}."
        + (f"\nNothing starts: {drawn['stop']}." if drawn["stop"] else "")
    )


def rows(fleet: Mapping[str, Records], drawn: Mapping[str, Any]) -> list[dict[str, str]]:
    """Host, batch, before, after, outcome and why of every host, in the order in which they were switched."""
    found = []
    for host, records in _in_order(fleet, drawn):
        state, why = outcomes.outcome(records)
        wanted = outcomes.releases(records)
        active: dict[str, str] = {entry.name: entry.active or "none" for entry in outcomes.work(records.plan)}
        before = {name: active.get(name, release) for name, release in wanted.items()}
        there = state in (outcomes.SWITCHED, outcomes.NOT_RESUMED)
        after = wanted if there else ({} if state == outcomes.LOST else before)
        found.append(
            {
                "host": host,
                "batch": str(drawn["batch"].get(host, "-")),
                "before": _releases(before),
                "after": _releases(after) if after or not wanted else "?",
                "done": state,
                "why": why or (_what(records) if wanted else ""),
            }
        )
    return found


def ending(found: list[dict[str, str]], drawn: Mapping[str, Any], stop: str) -> str:
    """The end table and, if the run was stopped or a host failed, what to do.

    :param found: what :func:`rows` returned.
    :param stop: why the run was stopped; "": it was not.
    """
    shown = [row for row in found if row["done"] != outcomes.CURRENT]
    shown.sort(key=lambda row: row["done"] in outcomes.FAILURES)
    head = ["host", "batch", "before", "after", "done", "why"]
    lines = [head, *([row[key] for key in head[:-1]] + [gist(row["why"], _WIDTH)] for row in shown)]
    by: dict[str, list[str]] = {}
    for row in found:
        by.setdefault(row["done"], []).append(row["host"])
    text = [aligned(lines), ""] if shown else []
    counts = ", ".join(f"{len(hosts)} {state}" for state, hosts in by.items())
    text.append(f"{number_of(drawn['fleet'], 'host')}: {counts}.")
    if stop:
        text.append(f"Stopped: {stop}.")
        text.append(f"Switched: {some(by.get(outcomes.SWITCHED, []), 20) or 'none'}.")
        text.append(f"Not switched: {some(by.get(outcomes.WAITING, []), 20) or 'none'}.")
    for state in outcomes.FAILURES:
        if state in by:
            text.append(f"{some(by[state])}: {state}. What to do: {_CURES[state]}.")
    if stop or any(state in by for state in outcomes.FAILURES):
        text.append("The same command goes on where this one ended.")
    return "\n".join(text)


def _in_order(fleet: Mapping[str, Records], drawn: Mapping[str, Any]) -> list[tuple[str, Records]]:
    """The hosts of the programme in its order, then the others."""
    return [(host, fleet[host]) for host in {**dict.fromkeys(drawn["batch"]), **dict.fromkeys(fleet)}]


def _what(records: Records) -> str:
    """What is done on a host, and why."""
    work = [f"{entry.name}: {'; '.join(entry.reasons)}" for entry in outcomes.work(records.plan)]
    work += [f"{name}: was never confirmed" for name in outcomes.trials(records.plan)]
    return "; ".join(work + ["weights are missing"] * records.more)


def _releases(by_name: Mapping[str, str]) -> str:
    if len(by_name) > 1:
        return number_of(len(by_name), "environment")
    return next(iter(by_name.values()), "")
