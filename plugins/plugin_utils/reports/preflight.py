# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a preflight: a line for each host, then every problem with its cure and the hosts that have it. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import FAIL, PASS, SKIP, WARN
from ansible_collections.portable.model_env.plugins.plugin_utils import results
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import PreflightAnswer, Verdict
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered, Result
from ansible_collections.portable.model_env.plugins.plugin_utils.words import some

# Column, and the first words of the checks that it stands for.
_TOPICS = {
    "filesystems": ("filesystem",),
    "space": ("space",),
    "python": ("python",),
    "packages": ("os_packages",),
    "driver": ("driver",),
    "servers": ("index", "hub", "git"),
    "weights": ("weights",),
    "lock": ("lock",),
    "clock": ("clock",),
}
_WORDS = {FAIL: "FAIL", WARN: "warn", PASS: "ok", SKIP: "-"}
_HOSTS_SHOWN = 8


def report(hosts: Mapping[str, Registered], given: Mapping[str, Any]) -> Report:
    """A line for each host, then every problem of all hosts.

    :param hosts: the variables of each host.
    :param given: ``result``, the name of the variable.
    """
    found = {host: results.read(PreflightAnswer, registered(given["result"])) for host, registered in hosts.items()}
    failing = {host: [f"not ready: {', '.join(why)}"] for host, result in found.items() if (why := failures(result))}
    told = {
        host: {
            "go": host not in failing,
            "verdicts": [results.as_dict(one) for one in _verdicts(result)],
            "why": result.why,
        }
        for host, result in found.items()
    }
    data = {"hosts": told, "failing": failing}
    return Report(render(found), data, failing, {"go": not failing})


def render(found: Mapping[str, Result[PreflightAnswer]]) -> str:
    """The text for all hosts."""
    head = ["host", "", *_TOPICS]
    lines = [head, *([host, *_row(result)] for host, result in found.items())]
    go = sum(not failures(result) for result in found.values())
    return "\n".join([aligned(lines), *_problems(found), "", f"{go} of {len(found)} hosts are ready."])


def failures(result: Result[PreflightAnswer]) -> list[str]:
    """The checks for which a host is not ready; the table has their reasons and cures."""
    if result.answer is None:
        return [result.why or results.NO_RESULT]
    return [one.check for one in result.answer.verdicts if one.verdict == FAIL]


def _verdicts(result: Result[PreflightAnswer]) -> Sequence[Verdict]:
    return result.answer.verdicts if result.answer is not None else ()


def _row(result: Result[PreflightAnswer]) -> list[str]:
    if result.answer is None:
        return ["NO GO"] + ["?"] * len(_TOPICS)
    return ["NO GO" if failures(result) else "go", *(_cell(topic, result.answer.verdicts) for topic in _TOPICS)]


def _cell(topic: str, found: Sequence[Verdict]) -> str:
    of_topic = [one for one in found if one.check.partition(":")[0] in _TOPICS[topic]]
    words = {one.verdict for one in of_topic}
    word = next((_WORDS[kind] for kind in (FAIL, WARN, PASS) if kind in words), "-")
    spaces = [space for one in of_topic if (space := results.space(one))]
    if spaces:
        tightest = min(spaces, key=lambda space: space.free - space.needed)
        word += f" {sizes.shown(tightest.free)}, needs {sizes.shown(tightest.needed)}"
        word += "+" if tightest.unknown else ""
    elif topic == "servers" and of_topic:
        word += f" {sum(one.verdict == PASS for one in of_topic)}/{len(of_topic)}"
    elif topic == "driver" and of_topic:
        word += f" {results.driver(of_topic[0])}".rstrip()
    return word


def _problems(results_by_host: Mapping[str, Result[PreflightAnswer]]) -> list[str]:
    """Each problem once, with the hosts that have it; the worst first."""
    found: dict[tuple[str, str], list[str]] = {}
    for host, result in results_by_host.items():
        if result.answer is None:
            found.setdefault((FAIL, result.why or results.NO_RESULT), []).append(host)
        for one in _verdicts(result):
            if one.verdict in (FAIL, WARN):
                found.setdefault((one.verdict, _sentence(one)), []).append(host)
    lines: list[str] = []
    for (verdict, sentence), hosts in sorted(found.items(), key=lambda item: item[0][0] != FAIL):
        told = [f"  {line}" for line in sentence.split("\n")]
        lines += ["", f"{_WORDS[verdict]}  {some(hosts, _HOSTS_SHOWN)}", *told]
    return lines


def _sentence(one: Verdict) -> str:
    return f"{one.check}: {one.reason}" + (f"\nWhat to do: {one.cure}" if one.cure else "")
