# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification found on each host: the table, and the verdicts as data. Pure."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.plugin_utils import results
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import VerifyAnswer
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import provision
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.plugins.plugin_utils.results import Registered, Result

FORMAT = 1  # of the data; raised when a reader of an older one would misunderstand it


def report(hosts: Mapping[str, Registered], given: Mapping[str, Any]) -> Report:
    """A row for each environment of each host.

    :param hosts: the variables of each host.
    :param given: ``result``, the name of the variable; ``time``, when, for people.
    """
    found = {host: results.read(VerifyAnswer, registered(given["result"])) for host, registered in hosts.items()}
    table = provision.of_rows({host: rows(host, result) for host, result in found.items()})
    return Report(table.text, collect(found, given["time"]), table.failing, table.returned)


def rows(host: str, result: Result[VerifyAnswer]) -> list[dict[str, Any]]:
    """The rows of one host."""
    if result.unreachable or not result:
        return [provision.lost_row(host, result.why or results.NO_RESULT)]
    if result.answer is None or (result.failed and not result.answer.environments):
        return [provision.make_row(host, "failed", detail=result.why)]
    found = []
    for env in _environments(result):
        done = "failed" if env["verdict"] == verdicts.FAIL else "verified"
        detail = "; ".join(env["failures"] or env["skips"])
        found.append(provision.make_row(host, done, env["name"], env["seconds"], env["summary"], detail))
    return found


def collect(found: Mapping[str, Result[VerifyAnswer]], time: str) -> dict[str, Any]:
    """The data of a report.

    :param time: when, for people.
    """
    hosts = [_host(host, result) for host, result in found.items()]
    return {
        "format": FORMAT,
        "time": time,
        "verdict": verdicts.FAIL if any(host["verdict"] == verdicts.FAIL for host in hosts) else verdicts.PASS,
        "hosts": hosts,
    }


def _host(host: str, result: Result[VerifyAnswer]) -> dict[str, Any]:
    environments = _environments(result)
    lost = "" if environments or (result.answer is not None and not result.failed) else result.why or results.NO_RESULT
    failed = bool(lost) or any(row["verdict"] == verdicts.FAIL for row in environments)
    return {
        "host": host,
        "verdict": verdicts.FAIL if failed else verdicts.PASS,
        "lost": lost,
        "seconds": round(sum(row["seconds"] for row in environments), 3),
        "gpu": result.answer.gpu if result.answer is not None else None,
        "environments": environments,
    }


def _environments(result: Result[VerifyAnswer]) -> list[dict[str, Any]]:
    return [
        verdicts.row(env.name, [results.as_dict(one) for one in env.verdicts], env.python, env.seconds)
        for env in (result.answer.environments if result.answer is not None else ())
    ]
