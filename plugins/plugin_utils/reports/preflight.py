# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a preflight: a line for each host, then every problem with its cure and the hosts that have it. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import FAIL, PASS, SKIP, WARN
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.columns import aligned

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


def render(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The text for all hosts.

    :param results: by host, what the action ``preflight`` registered; {} for a host without a result.
    """
    head = ["host", "", *_TOPICS]
    lines = [head, *([host, *_row(result)] for host, result in results.items())]
    go = sum(_go(result) for result in results.values())
    return "\n".join([aligned(lines), *_problems(results), "", f"{go} of {len(results)} hosts are ready."])


def failures(result: Mapping[str, Any]) -> list[str]:
    """The checks for which a host is not ready; the table has their reasons and cures."""
    if "verdicts" not in result:
        return [_lost(result)]
    return [one["check"] for one in result["verdicts"] if one["verdict"] == FAIL]


def _row(result: Mapping[str, Any]) -> list[str]:
    if "verdicts" not in result:
        return ["NO GO"] + ["?"] * len(_TOPICS)
    return ["go" if _go(result) else "NO GO", *(_cell(topic, result["verdicts"]) for topic in _TOPICS)]


def _cell(topic: str, found: Sequence[Mapping[str, Any]]) -> str:
    of_topic = [one for one in found if one["check"].partition(":")[0] in _TOPICS[topic]]
    words = {one["verdict"] for one in of_topic}
    word = next((_WORDS[kind] for kind in (FAIL, WARN, PASS) if kind in words), "-")
    if topic == "space" and of_topic:
        tightest = min((one["value"] for one in of_topic), key=lambda value: value["free"] - value["needed"])
        word += f" {sizes.shown(tightest['free'])}, needs {sizes.shown(tightest['needed'])}"
        word += "+" if tightest["unknown"] else ""
    elif topic == "servers" and of_topic:
        word += f" {sum(one['verdict'] == PASS for one in of_topic)}/{len(of_topic)}"
    elif topic == "driver" and of_topic and (of_topic[0]["value"] or {}).get("driver"):
        word += f" {of_topic[0]['value']['driver']}"
    return word


def _problems(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each problem once, with the hosts that have it; the worst first."""
    found: dict[tuple[str, str], list[str]] = {}
    for host, result in results.items():
        if "verdicts" not in result:
            found.setdefault((FAIL, _lost(result)), []).append(host)
        for one in result.get("verdicts", ()):
            if one["verdict"] in (FAIL, WARN):
                found.setdefault((one["verdict"], _sentence(one)), []).append(host)
    lines: list[str] = []
    for (verdict, sentence), hosts in sorted(found.items(), key=lambda item: item[0][0] != FAIL):
        rest = f" and {len(hosts) - _HOSTS_SHOWN} more" if len(hosts) > _HOSTS_SHOWN else ""
        lines += [
            "",
            f"{_WORDS[verdict]}  {', '.join(hosts[:_HOSTS_SHOWN])}{rest}",
            *(f"  {x}" for x in sentence.split("\n")),
        ]
    return lines


def _sentence(one: Mapping[str, Any]) -> str:
    cure = one.get("cure")
    return f"{one['check']}: {one['reason']}" + (f"\nWhat to do: {cure}" if cure else "")


def _lost(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or "no result: an earlier task failed, or the host did not answer")


def _go(result: Mapping[str, Any]) -> bool:
    return verdicts.overall(result["verdicts"]) == PASS if "verdicts" in result else False
