# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classification of what installers really said (recorded by tests/support/record_installer_output.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import registry
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import Failure
from ansible_collections.portable.model_env.tests.support.record_installer_output import CASES

DATA = Path(__file__).resolve().parents[3] / "data" / "installers"
RECORDED = {path.stem.removeprefix("output-"): json.loads(path.read_text()) for path in DATA.glob("output-*.json")}
CONFLICTS = {
    "direct": ["you asked for alpha==1.0", "you asked for alpha==2.0"],
    "direct_transitive": ["needs-alpha-1 1.0 requires alpha==1.0", "you asked for alpha==2.0"],
    "transitive": ["needs-alpha-1 1.0 requires alpha==1.0", "needs-alpha-2 1.0 requires alpha>=2"],
    "constraint": ["a constraint says alpha==1.0", "needs-alpha-2 1.0 requires alpha>=2"],
    "constraint_direct": ["a constraint says alpha==1.0", "you asked for alpha==2.0"],
}


def classified(tool: str, case: str) -> Failure:
    said = RECORDED[tool][case]
    output = said["stdout"] + said["stderr"]
    asked: Any = CASES[case]["lines"]
    limits: Any = CASES[case].get("constraints", [])
    parser = registry.INSTALLERS[tool.partition("-")[0]].parser
    return parser.explain(output + parser.debug(output, said["debug"]), asked, limits)


def cases() -> list[tuple[str, str]]:
    return [(tool, case) for tool, found in sorted(RECORDED.items()) for case in sorted(found)]


def test_every_installer_is_recorded() -> None:
    parsers = [registry.INSTALLERS[tool.partition("-")[0]].parser for tool in RECORDED]
    assert all(installer.parser in parsers for installer in registry.INSTALLERS.values())
    assert all(set(found) == set(CASES) for found in RECORDED.values())


@pytest.mark.parametrize(("tool", "case"), cases())
def test_kind_of_failure(tool: str, case: str) -> None:
    expected: Any = CASES[case]["kind"]
    failure = classified(tool, case)
    if isinstance(expected, dict):
        expected = expected.get(tool) or expected[tool.partition("-")[0]]
    assert failure.kind == expected
    assert failure.what and failure.todo


@pytest.mark.parametrize("tool", RECORDED)
@pytest.mark.parametrize("case", CONFLICTS)
def test_contradictions_name_both(tool: str, case: str) -> None:
    assert sorted(classified(tool, f"resolution_{case}").details["conflict"]) == CONFLICTS[case]


@pytest.mark.parametrize("tool", RECORDED)
def test_a_contradiction_further_down(tool: str) -> None:
    found = sorted(classified(tool, "resolution_deep").details["conflict"])
    assert found[1] == "you asked for alpha==2.0" and found[0].startswith("needs-alpha-1")


@pytest.mark.parametrize("tool", RECORDED)
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("version_transitive", "needs-missing requires it"),
        ("version_platform", "other Pythons or platforms"),
        ("build_failed", "RuntimeError: nvcc not found"),
        ("build_failed_module", "No module named 'torch'"),
        ("interpreter_python", "requires Python >=3.99"),
        ("network_500", "500"),
        ("network_refused", "Connection refused"),
        ("network_git_dns", "Could not resolve host"),
    ],
)
def test_the_reason_is_told(tool: str, case: str, words: str) -> None:
    assert words in classified(tool, case).why
