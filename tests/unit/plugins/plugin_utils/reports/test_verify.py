# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the data of a verification."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import verify
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.tests.support.verified import whole

PASS = verdicts.make("import:svd", "pass", seconds=0.5)
FAIL = verdicts.make("nms_cpu", "fail", reason="wrong")
SKIP = verdicts.make("gpu", "skip", reason="no GPU")


def report(results: dict[str, Any]) -> Report:
    variables = {host: {"r": whole(result)}.get for host, result in results.items()}
    return verify.report(variables, {"result": "r", "time": "now"})


def found(**environments: list[verdicts.Verdict]) -> dict[str, Any]:
    return {"environments": [verdicts.row(name, found, "/p", 3.2) for name, found in environments.items()]}


def test_a_row_for_each_environment_of_each_host() -> None:
    made = report({"n1": found(svd=[PASS, PASS], ltx=[SKIP]), "n2": {**found(svd=[PASS, FAIL]), "failed": True}})
    rows = [(row["host"], row["environment"], row["done"], row["verdicts"]) for row in made.returned["rows"]]
    assert rows == [
        ("n1", "svd", "verified", "2 pass"),
        ("n1", "ltx", "verified", "1 skip"),
        ("n2", "svd", "failed", "1 pass, 1 fail"),
    ]
    assert made.failing == {"n2": ["svd: nms_cpu: wrong"]}
    assert made.returned["rows"][1]["detail"] == "gpu: no GPU"


def test_what_the_verdicts_amount_to_is_worked_out_and_not_believed() -> None:
    claims = found(svd=[FAIL])
    claims["environments"][0].update(verdict="pass", summary="9 pass", failures=[])
    made = report({"n1": claims})
    assert made.failing == {"n1": ["svd: nms_cpu: wrong"]}
    assert made.data["verdict"] == "fail"


def test_hosts_that_were_lost_failed_or_cannot_be_read_have_a_row_each() -> None:
    made = report(
        {
            "n1": found(svd=[PASS]),
            "n2": {"unreachable": True, "msg": "no route"},
            "n3": {"failed": True, "msg": "no such root"},
            "n4": {"environments": [{**verdicts.row("svd", []), "verdicts": [{"check": "a", "verdict": "fine"}]}]},
            "n5": {},
            "n6": {"environments": []},
        }
    )
    rows = {row["host"]: (row["done"], row["detail"]) for row in made.returned["rows"]}
    assert rows["n2"] == ("unreachable", "no route")
    assert rows["n3"] == ("failed", "no such root")
    assert rows["n4"][0] == "failed" and "verdicts[0].verdict is 'fine'" in rows["n4"][1]
    assert rows["n5"][0] == "unreachable"
    assert "n6" not in rows, "a host without environments is no fault"
    assert sorted(made.failing) == ["n2", "n3", "n4", "n5"]
    assert [host["verdict"] for host in made.data["hosts"]] == ["pass", "fail", "fail", "fail", "fail", "pass"]
