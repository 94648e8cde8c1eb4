# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audits of all hosts say together: who differs from its specs, and who from the others. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.plugin_utils import answers, results
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned, short
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered, Result
from ansible_collections.portable.model_env.plugins.plugin_utils.words import number_of, some

CURRENT, DIFFERS, UNREACHABLE, FAILED, TRIAL, LITTER = (
    "current",
    "differs",
    "unreachable",
    "failed",
    "trial",
    "litter",
)
# What an audit can find, the worst first. The words of environments are those of the module ``audit``.
FINDINGS = (UNREACHABLE, FAILED, "broken", "missing", "drifted", DIFFERS, "behind", TRIAL, "extra", LITTER)
_DETAIL_WIDTH = 100


def report(hosts: Mapping[str, Registered], given: Mapping[str, Any]) -> Report:
    """What was found on each host, and where hosts differ from one another.

    :param hosts: the variables of each host.
    :param given: ``result``, the name of the variable, and ``fail_on``, the findings (of ``FINDINGS``) that count.
    """
    audits = {
        host: results.read(answers.AuditAnswer, registered(given["result"])) for host, registered in hosts.items()
    }
    differing = differences({host: result.answer for host, result in audits.items() if result.answer is not None})
    found = {host: findings(host, result, differing) for host, result in audits.items()}
    kinds = [{entry["finding"] for entry in entries} for entries in found.values()]
    summary = {
        "hosts": len(hosts),
        CURRENT: sum(not these for these in kinds),
        **{kind: sum(kind in these for these in kinds) for kind in FINDINGS},
    }
    failing = {
        host: reasons
        for host, entries in found.items()
        if (reasons := [_line(entry) for entry in entries if entry["finding"] in given["fail_on"]])
    }
    data = {
        "hosts": {host: {"findings": found[host], **_told(result.answer)} for host, result in audits.items()},
        "differences": differing,
        "summary": summary,
        "failing": failing,
    }
    return Report(render(data), data, failing, {"summary": summary})


def differences(hosts: Mapping[str, answers.AuditAnswer]) -> list[dict[str, Any]]:
    """Where hosts that built one environment from one spec have different distributions.

    What most hosts have counts as the rule (the first in the order of their names, where two are equally many).

    :param hosts: the answers of the module ``audit``.
    :returns: for each host that differs: ``environment``, ``host``, ``as_most`` (how many agree with the rule) and
        ``distributions``, a list of ``{name, here, elsewhere}``.
    """
    groups: dict[tuple[str, str], dict[str, Mapping[Any, str]]] = {}
    for host, answer in hosts.items():
        for env in answer.environments:
            if env.digest:
                groups.setdefault((env.name, env.digest), {})[host] = env.distributions
    found = []
    for (name, _digest), members in sorted(groups.items()):
        counted = Counter(_key(members[host]) for host in sorted(members))
        rule, agreeing = counted.most_common(1)[0]
        for host in sorted(members):
            if _key(members[host]) != rule:
                found.append(
                    {
                        "environment": name,
                        "host": host,
                        "as_most": agreeing,
                        "distributions": _difference(members[host], dict(rule)),
                    }
                )
    return found


def findings(
    host: str, result: Result[answers.AuditAnswer], differing: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """What is to be said about one host: entries ``{finding, environment, detail}``, the worst first.

    :param differing: what :func:`differences` returned.
    """
    if result.unreachable or not result:
        return [_finding(UNREACHABLE, "", result.why or results.NO_RESULT)]
    if result.failed or result.answer is None:
        return [_finding(FAILED, "", result.why)]
    found = []
    for env in result.answer.environments:
        if env.state != CURRENT:
            found.append(_finding(env.state, env.name, "; ".join(env.reasons)))
        if env.trial:
            found.append(_finding(TRIAL, env.name, f"{env.release} was never confirmed"))
    for entry in differing:
        if entry["host"] == host:
            words = [f"{d['name']} {d['here']} (elsewhere {d['elsewhere']})" for d in entry["distributions"]]
            found.append(_finding(DIFFERS, entry["environment"], some(words, 3)))
    if result.answer.litter:
        found.append(_finding(LITTER, "", some(result.answer.litter, 3)))
    return sorted(found, key=lambda entry: FINDINGS.index(entry["finding"]))


def render(found: Mapping[str, Any]) -> str:
    """The table, one line a host and those with findings last, and a line that sums up.

    :param found: the data of :func:`report`.
    """
    lines = [["host", "environments", "found", "detail"]]
    for host, data in sorted(found["hosts"].items(), key=lambda item: (bool(item[1]["findings"]), item[0])):
        entries = data["findings"]
        words = list(dict.fromkeys(entry["finding"] for entry in entries)) or [CURRENT]
        detail = short("; ".join(_line(entry) for entry in entries), _DETAIL_WIDTH)
        lines.append([host, str(len(data["environments"] or [])), ", ".join(words), detail])
    summary = found["summary"]
    counts = [f"{count} {word}" for word, count in summary.items() if word != "hosts" and count]
    return aligned(lines) + f"\n\n{number_of(summary['hosts'], 'host')}: " + ", ".join(counts)


def _line(entry: Mapping[str, str]) -> str:
    head = f"{entry['environment']} {entry['finding']}".strip()
    return f"{head}: {entry['detail']}"


def _told(answer: answers.AuditAnswer | None) -> dict[str, Any]:
    """What the audit of one host says itself."""
    keys = ("environments", "litter", "free_bytes", "holder")
    return asdict(answer) if answer is not None else dict.fromkeys(keys)


def _finding(finding: str, environment: str, detail: str) -> dict[str, str]:
    return {"finding": finding, "environment": environment, "detail": detail}


def _key(distributions: Mapping[Any, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(distributions.items()))


def _difference(here: Mapping[Any, str], elsewhere: Mapping[Any, str]) -> list[dict[str, str]]:
    return [
        {"name": name, "here": here.get(name, "none"), "elsewhere": elsewhere.get(name, "none")}
        for name in sorted(set(here) | set(elsewhere))
        if here.get(name) != elsewhere.get(name)
    ]
