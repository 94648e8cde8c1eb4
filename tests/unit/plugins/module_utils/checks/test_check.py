# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the verdict of a check comes from what was measured, and what an entry stands for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import table, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import (
    Check,
    Measured,
    Node,
    ProbeCall,
    verdict_of,
)
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation

NOTHING = Expectation()
CHECK = Check(
    "depth",
    says_nothing=lambda value: "no bottom" if value is None else "",
    problem=lambda value, expect: f"{value} is not {expect.python}" if expect.python else "",
    remark=lambda value: "deep" if value == "9" else "",
    loud=verdicts.WARN,
)


@pytest.mark.parametrize(
    ("value", "python", "word", "reason"),
    [
        ("3", "", "pass", ""),
        ("3", "4", "fail", "3 is not 4"),
        ("9", "", "warn", "deep"),
        ("9", "4", "fail", "9 is not 4"),
        (None, "4", "skip", "no bottom"),
    ],
)
def test_a_value_is_an_answer_then_wrong_then_worth_a_remark(value: Any, python: str, word: str, reason: str) -> None:
    found = verdict_of(CHECK, Measured(value, seconds=2.0, cure="dig"), Expectation(python=python))
    assert (found["verdict"], found["reason"], found["value"], found["seconds"]) == (word, reason, value, 2.0)
    assert ("cure" in found) is (word == "fail")


def test_what_is_not_there_is_a_skip_with_its_reason() -> None:
    assert verdict_of(CHECK, Measured(missing="no sea"), NOTHING)["reason"] == "no sea"


def test_a_check_of_the_node_is_judged_with_it() -> None:
    check = Check("gpus", on_node=lambda _seen, node: verdicts.make("gpus", "pass", len(node.gpus["gpus"])))
    assert verdict_of(check, Measured(), NOTHING, Node({"gpus": [1, 2]}, None, None))["value"] == 2


def test_an_entry_with_names_is_one_check_for_each() -> None:
    check = Check(
        "import:NAME", names=lambda expect: expect.imports, probe=ProbeCall("import", {"module": "{NAME}", "n": 1})
    )
    found = check.each(Expectation(imports=["a", "b.c", "a"]))
    assert [(one.name, one.subject, one.probe) for one in found] == [
        ("import:a", "a", ProbeCall("import", {"module": "a", "n": 1})),
        ("import:b.c", "b.c", ProbeCall("import", {"module": "b.c", "n": 1})),
    ]
    assert Check("never", asked=lambda _expect: False).each(NOTHING) == []


def test_what_was_not_measured_is_no_pass() -> None:
    check = table.named("nms_cpu")
    blocked = verdict_of(check, Measured(blocked="torch"), NOTHING)
    assert (blocked["verdict"], blocked["reason"]) == (
        "skip",
        "not run: torch does not import, as an earlier check says",
    )
    assert verdict_of(check, Measured(not_run="why"), NOTHING)["reason"] == "not run: why"
    failed = verdict_of(check, Measured(error="it crashed"), NOTHING)
    assert (failed["verdict"], failed["reason"]) == ("fail", "it crashed")
    assert verdict_of(table.named("nms_cuda"), Measured(value=None), NOTHING)["verdict"] == "skip"


def test_a_library_that_does_not_load_is_explained() -> None:
    error = "ImportError: /e/x.so: undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationE"
    found = verdict_of(table.named("import:NAME"), Measured(error=error), NOTHING)
    assert found["reason"].startswith("torch has no _ZN3c105ErrorC2ENS_14SourceLocationE: the wheel was compiled for")
    assert found["reason"].endswith(error)
