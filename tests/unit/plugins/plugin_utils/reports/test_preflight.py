# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a preflight."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import make
from ansible_collections.portable.model_env.plugins.module_utils.preflight.readiness import space
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import preflight
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report
from ansible_collections.portable.model_env.tests.support.answers import answer

READY = {"verdicts": [make("filesystem:root", "pass"), space("/", 4 << 30, 0, {"of packages": 1 << 30}, ["x"])]}
NO_PYTHON = make("python:3.11", "fail", reason="this node has no Python 3.11", cure="install it")
LATE = make("clock:controller", "warn", reason="40 s behind", cure="set it")


def report(results: dict[str, Any]) -> Report:
    return preflight.report({host: {"r": whole(result)}.get for host, result in results.items()}, {"result": "r"})


def whole(part: Any) -> Any:
    """An answer with what a test does not care about."""
    return {**answer("preflight"), **part} if isinstance(part, dict) and "verdicts" in part else part


def rendered(results: dict[str, Any]) -> list[str]:
    return report(results).text.splitlines()


def test_a_line_for_each_host() -> None:
    lines = rendered({"n1": READY, "n2": {"verdicts": [*READY["verdicts"], NO_PYTHON, LATE]}, "n3": {}})
    assert lines[1].split()[:3] == ["n1", "go", "ok"]
    assert "ok 4.0 GiB, needs 1.0 GiB+" in lines[1]
    assert lines[2].split()[:3] == ["n2", "NO", "GO"]
    assert "FAIL" in lines[2] and "warn" in lines[2]
    assert lines[3].split()[:4] == ["n3", "NO", "GO", "?"]
    assert lines[-1] == "1 of 3 hosts are ready."


def test_a_problem_of_many_hosts_is_told_once_with_its_cure() -> None:
    lines = rendered({f"n{i}": {"verdicts": [NO_PYTHON]} for i in range(100)})
    assert sum("this node has no Python 3.11" in line for line in lines) == 1
    assert "FAIL  n0, n1, n2, n3, n4, n5, n6, n7 and 92 more" in lines
    assert "  What to do: install it" in lines


def test_a_host_that_only_has_warnings_is_ready() -> None:
    assert rendered({"n1": {"verdicts": [LATE]}})[-1] == "1 of 1 hosts are ready."
    assert report({"n1": {"verdicts": [LATE]}}).failing == {}


def test_failures_are_named_and_a_lost_host_has_its_reason() -> None:
    made = report({"n1": {"verdicts": [NO_PYTHON]}, "n2": {"unreachable": True, "msg": "no route"}, "n3": READY})
    assert made.failing == {"n1": ["not ready: python:3.11"], "n2": ["not ready: no route"]}
    assert made.data["hosts"]["n3"]["go"] is True


@pytest.mark.parametrize(
    "bad", [{"verdicts": 3}, {"verdicts": [{"check": "python:3.11", "verdict": "maybe"}]}, ["no block"], "text"]
)
def test_a_host_whose_answer_cannot_be_read_is_not_ready_and_the_others_have_their_rows(bad: Any) -> None:
    lines = rendered({"n1": bad, "n2": READY})
    assert lines[1].split()[:4] == ["n1", "NO", "GO", "?"]
    assert lines[2].split()[:2] == ["n2", "go"]
    assert lines[-1] == "1 of 2 hosts are ready."
    assert any("its answer cannot be read" in line for line in lines)


def test_values_of_another_form_and_control_characters_do_no_harm() -> None:
    odd = [
        {"check": "space:/", "verdict": "pass", "value": "much"},
        {"check": "driver", "verdict": "pass", "value": {"driver": "\x1b[2J535"}},
        {"check": "clock:x", "verdict": "fail", "reason": "\x1b]0;title\x07", "cure": "c"},
    ]
    text = report({"n1": {"verdicts": odd}}).text
    assert "\x1b" not in text and "\x07" not in text
    assert "\\x1b[2J535" in text
