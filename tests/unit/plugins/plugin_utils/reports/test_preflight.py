# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a preflight."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import make
from ansible_collections.portable.model_env.plugins.module_utils.preflight.readiness import space
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import preflight as preflight_table

READY = {"verdicts": [make("filesystem:root", "pass"), space("/", 4 << 30, 0, {"of packages": 1 << 30}, ["x"])]}
NO_PYTHON = make("python:3.11", "fail", reason="this node has no Python 3.11", cure="install it")
LATE = make("clock:controller", "warn", reason="40 s behind", cure="set it")


def rendered(results: dict[str, Any]) -> list[str]:
    return preflight_table.render(results).splitlines()


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
    assert preflight_table.failures({"verdicts": [LATE]}) == []


def test_failures_are_named_and_a_lost_host_has_its_reason() -> None:
    assert preflight_table.failures({"verdicts": [NO_PYTHON]}) == ["python:3.11"]
    assert preflight_table.failures({"msg": "unreachable"}) == ["unreachable"]
