# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classification of what pip and uv really said (recorded by tests/support/record_installer_output.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import conflicts
from ansible_collections.portable.model_env.plugins.module_utils.installers import output as installer_output
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


def classified(tool: str, case: str) -> installer_output.Failure:
    said = RECORDED[tool][case]
    output = said["stdout"] + said["stderr"]
    asked: Any = CASES[case]["lines"]
    limits: Any = CASES[case].get("constraints", [])
    return installer_output.classify(output + installer_output.index_answers(output, said["debug"]), asked, limits)


def cases() -> list[tuple[str, str]]:
    return [(tool, case) for tool, found in sorted(RECORDED.items()) for case in sorted(found)]


def test_both_tools_are_recorded() -> None:
    assert {tool.partition("-")[0] for tool in RECORDED} == {"pip", "uv"}
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


UV_PROSE = [
    # Recorded with uv 0.13.9 against a public index.
    (
        "Because torchvision==0.19.0 depends on torch==2.4.0 and you require torch==2.5.1, we can conclude that "
        "your requirements and torchvision==0.19.0 are incompatible.\n"
        "And because you require torchvision==0.19.0, we can conclude that your requirements are unsatisfiable.",
        [],
        ["torchvision 0.19.0 requires torch==2.4.0", "you asked for torch==2.5.1"],
    ),
    (
        "Because torchvision==0.19.0 depends on torch==2.4.0 and torch==2.5.1, we can conclude that "
        "torchvision==0.19.0 cannot be used.\n"
        "And because you require torchvision==0.19.0, we can conclude that your requirements are unsatisfiable.",
        ["torch==2.5.1"],
        ["torchvision 0.19.0 requires torch==2.4.0", "a constraint says torch==2.5.1"],
    ),
    (
        "Because transformers==4.46.0 depends on tokenizers>=0.20,<0.21 and you require transformers==4.46.0, we can "
        "conclude that you require tokenizers>=0.20,<0.21.\n"
        "And because you require tokenizers==0.22.0, we can conclude that your requirements are unsatisfiable.",
        [],
        ["transformers 4.46.0 requires tokenizers>=0.20,<0.21", "you asked for tokenizers==0.22.0"],
    ),
    (
        "Because transformers[torch]==4.46.0 depends on accelerate>=0.26.0 and you require "
        "transformers[torch]==4.46.0, we can conclude that you require accelerate>=0.26.0.\n"
        "And because you require accelerate==0.20.0, we can conclude that your requirements are unsatisfiable.",
        [],
        ["transformers[torch] 4.46.0 requires accelerate>=0.26.0", "you asked for accelerate==0.20.0"],
    ),
]


@pytest.mark.parametrize(("prose", "limits", "expected"), UV_PROSE)
def test_prose_of_uv(prose: str, limits: list[str], expected: list[str]) -> None:
    output = f"error: No solution found when resolving dependencies\n  cause: {prose}\n\nhint: something else\n"
    assert conflicts.lines(output, [], limits) == expected


def test_a_derivation_nobody_understands_is_shown_whole() -> None:
    output = "error: No solution found when resolving dependencies\n  cause: Because of the moon, it cannot be.\n"
    failure = installer_output.classify(output)
    assert failure.kind == "resolution" and "Because of the moon" in failure.why


@pytest.mark.parametrize(
    ("others", "expected"),
    [("404 Client Error: Not Found for url: x", "no_such_version"), ("503 Server Error: Busy for url: x", "network")],
)
def test_one_index_that_forbids_and_another_answer(others: str, expected: str) -> None:
    output = (
        "ERROR: Could not find a version that satisfies the requirement alpha==1 (from versions: none)\n"
        "ERROR: No matching distribution found for alpha==1\n"
    )
    debug = (
        "Could not fetch URL http://a/alpha/: 403 Client Error: Forbidden for url: http://a/alpha/ - skipping\n"
        "Could not fetch URL http://a/other/: 503 Server Error: Busy for url: http://a/other/ - skipping\n"
        f"Could not fetch URL http://b/alpha/: {others} - skipping\n"
    )
    assert installer_output.classify(output + installer_output.index_answers(output, debug)).kind == expected
