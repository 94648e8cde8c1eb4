# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``report``: who shows the table, who fails, and what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action import report
from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.modules import report as documented
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import audit
from ansible_collections.portable.model_env.tests.support.action import run
from ansible_collections.portable.model_env.tests.support.answers import ERROR, answer
from ansible_collections.portable.model_env.tests.support.upgrades import of
from ansible_collections.portable.model_env.tests.support.verified import whole

KEEPS = of(kept={"svd": {"release": "svd-1", "trial": False, "distributions": 3, "verdicts": []}})
BLOCKED = {**KEEPS, "blocked": [{"name": "ltx", "msg": "no Python 3.10", "reasons": [], "error": ERROR}]}
LOST = {"unreachable": True, "msg": "no route"}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that were displayed."""
    texts: list[str] = []
    monkeypatch.setattr(screen._display, "display", texts.append)
    return texts


def reported(host: str, hosts: dict[str, Any], given: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """The result on one host.

    :param hosts: the variables by host.
    :param others: variables of the task, such as ``ansible_play_batch``.
    """
    variables = {
        "inventory_hostname": host,
        "hostvars": hosts,
        "ansible_play_hosts_all": list(hosts),
        "ansible_play_hosts": list(hosts),
        "ansible_play_batch": list(hosts),
        **others,
    }
    return run(report.ActionModule, given, variables)


def test_the_table_is_shown_once_and_each_host_fails_for_itself(shown: list[str]) -> None:
    hosts: dict[str, Any] = {"n1": {"model_env_plan": KEEPS}, "n2": {"model_env_plan": BLOCKED}}
    first, second = reported("n1", hosts), reported("n2", hosts)
    assert len(shown) == 1
    assert "n2" in shown[0]
    assert "failed" not in first and first["written"] == []
    assert [row["host"] for row in first["rows"]] == ["n1"]
    assert (second["failed"], second["msg"]) == (True, "ltx: no Python 3.10")
    assert "written" not in second


def test_a_host_with_nonsense_has_its_row_and_the_others_theirs(shown: list[str]) -> None:
    hosts: dict[str, Any] = {"n1": {"model_env_plan": KEEPS}, "n2": {"model_env_plan": {**KEEPS, "work": 1}}}
    assert "failed" not in reported("n1", hosts)
    assert "its answer cannot be read" in reported("n2", hosts)["msg"]
    assert "svd" in shown[0] and "its answer cannot be read" in shown[0]


def test_lost_hosts_are_in_the_table_and_those_of_a_later_batch_are_not(shown: list[str]) -> None:
    hosts: dict[str, Any] = {name: {"model_env_plan": KEEPS} for name in ("n1", "n2", "n3")}
    hosts["lost"] = {"model_env_plan": LOST}
    reported("n2", hosts, ansible_play_batch=["n2"], ansible_play_hosts=["n1", "n2", "n3"])
    assert [line.split()[0] for line in shown[0].splitlines()[2:]] == ["n2", "lost"]


def test_where_all_have_failed_one_that_can_still_be_talked_to_shows_the_table(shown: list[str]) -> None:
    hosts: dict[str, Any] = {"n1": {"model_env_plan": LOST}, "n2": {"model_env_failed": {"msg": "no space"}}}
    result = reported("n2", hosts, ansible_play_batch=[], ansible_play_hosts=[])
    assert len(shown) == 1
    assert result["msg"] == "no space"


@pytest.mark.parametrize(
    ("which", "variable", "bad"),
    [("audit", "audit_result", {"failed": True, "msg": "x"}), ("switch", "rollback_result", LOST)],
)
def test_reports_of_a_fleet_return_who_fails(which: str, variable: str, bad: Any, shown: list[str]) -> None:
    fine = {**answer("audit", environments=[], litter=[]), "switched": []}
    hosts = {"n1": {variable: fine}, "n2": {variable: bad}}
    result = reported("n1", hosts, {"report": which, "fail_on": ["failed"]})
    assert list(result["failing"]) == ["n2"]
    assert "failed" not in result
    assert len(shown) == 1


def test_the_names_of_variables_can_be_said(shown: list[str]) -> None:
    result = reported("n1", {"n1": {"mine": LOST}}, {"report": "switch", "result": "mine"})
    assert result["failing"] == {"n1": ["no route"]}


def test_the_verdicts_are_written_as_data_and_as_a_page(tmp_path: Path, shown: list[str]) -> None:
    found = {"environments": [verdicts.row("svd", [verdicts.make("a", "pass")], "/p", 1.0)]}
    paths = {kind: str(tmp_path / f"out.{kind}") for kind in ("json", "html")}
    result = reported("n1", {"n1": {"gpu_check_result": whole(found)}}, {"report": "verify", **paths})
    assert result["written"] == [paths["json"], paths["html"]]
    assert json.loads(Path(paths["json"]).read_text())["hosts"][0]["environments"][0]["summary"] == "1 pass"
    assert 'class="cell pass"' in Path(paths["html"]).read_text()


@pytest.mark.parametrize("which", ["provision", "preflight", "audit", "switch"])
def test_every_report_can_be_written(which: str, tmp_path: Path, shown: list[str]) -> None:
    path = tmp_path / "report.json"
    assert reported("n1", {"n1": {}}, {"report": which, "json": str(path)})["written"] == [str(path)]
    assert json.loads(path.read_text())


def test_what_cannot_be_done_is_said(tmp_path: Path, shown: list[str]) -> None:
    (tmp_path / "file").write_text("")
    result = reported("n1", {"n1": {"model_env_plan": KEEPS}}, {"json": str(tmp_path / "file" / "x.json")})
    assert result["failed"]
    assert "the report cannot be written" in result["msg"]
    assert len(shown) == 1, "the table is there all the same"
    assert "only the report verify" in reported("n1", {"n1": {}}, {"html": "x.html"})["msg"]


def test_the_documentation_has_the_same_choices() -> None:
    assert [*report.BY_HOST, *report.OF_FLEET] == documented.REPORTS
    assert list(audit.FINDINGS) == documented.FINDINGS
