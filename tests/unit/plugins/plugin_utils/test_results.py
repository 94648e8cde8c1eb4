# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is believed of what hosts registered."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils import answers, results
from ansible_collections.portable.model_env.tests.support.answers import VERDICT, WORK, answer

PLAN = answer("plan")


@pytest.mark.parametrize("nothing", [None, {}, {"skipped": True, "changed": False}])
def test_what_did_not_run_is_no_result(nothing: Any) -> None:
    result = results.read(answers.PlanAnswer, nothing)
    assert not result
    assert (result.answer, result.failed, result.unreachable) == (None, False, False)


def test_an_answer_is_read_and_what_ansible_adds_is_left_out() -> None:
    result = results.read(answers.PlanAnswer, {**PLAN, "changed": False, "invocation": {"module_args": {}}})
    assert result.answer is not None
    assert [(one.name, one.action) for one in result.answer.work] == [("svd", "build")]
    assert not result.failed


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"changed": False}, "work is missing"),
        ({**PLAN, "kept": []}, "kept is a list"),
        ({**PLAN, "work": [{**WORK, "action": "\x1b[2J"}]}, "work[0].action is"),
        ("text", "it is no block"),
        ([PLAN], "it is no block"),
    ],
)
def test_an_answer_of_another_form_is_a_failure_that_names_the_place(bad: Any, where: str) -> None:
    result = results.read(answers.PlanAnswer, bad)
    assert (result.answer, result.failed, result.unreadable) == (None, True, True)
    assert where in result.why
    assert "\x1b" not in result.why


def test_a_failed_module_keeps_its_message_and_what_can_be_read_of_it() -> None:
    failed = results.read(answers.PlanAnswer, {"failed": True, "msg": "no such root\x07"})
    assert (failed.answer, failed.failed, failed.unreadable, failed.why) == (None, True, False, "no such root\\x07")
    verified = results.read(answers.VerifyAnswer, answer("verify", failed=True, msg="1 failed"))
    assert verified.failed and verified.answer is not None
    assert results.as_dict(verified.answer.environments[0].verdicts[0]) == VERDICT


def test_a_host_that_was_lost_says_why() -> None:
    result = results.read(answers.AuditAnswer, {"unreachable": True, "msg": "no route"})
    assert (result.unreachable, result.why) == (True, "no route")
    assert results.read(answers.AuditAnswer, {"unreachable": True}).why == "it did not answer"


def test_a_switch_that_did_not_fail_says_what_it_switched() -> None:
    assert results.read(answers.SwitchAnswer, {"changed": False}, {"switched": ()}).unreadable
    failed = {"failed": True, "msg": "x", "back": ["demo"]}
    back = results.read(answers.SwitchAnswer, failed, {"switched": ()})
    assert back.answer is not None
    assert back.answer.back == ("demo",)


def test_a_loop_is_read_result_by_result() -> None:
    items: list[Any] = [
        {"item": {"name": "a"}, "release": "a-1", "seconds": 2},
        {"one": {"name": "b"}, "ansible_loop_var": "one", "failed": True, "msg": "x"},
        {"item": {"name": "c"}, "release": 7},
        "nonsense",
    ]
    loop = results.read_loop(
        answers.ReleaseAnswer, {"results": items, "failed": True, "msg": "One or more items failed"}
    )
    assert {name: one.failed for name, one in loop.results.items()} == {"a": False, "b": True, "c": True, "": True}
    assert loop.results["c"].unreadable
    assert loop.whole.why == "One or more items failed"
    assert not results.read_loop(answers.ReleaseAnswer, {"results": [], "skipped": True})


def test_the_space_and_the_driver_of_a_verdict_are_read_or_left_out() -> None:
    def verdict(check: str, value: Any) -> answers.Verdict:
        return answers.Verdict(check, "pass", value)

    space = results.space(verdict("space:/", {"free": 2, "needed": 1, "minimum": 0, "parts": {}}))
    assert space == results.Space(2, 1)
    assert results.space(verdict("space:/", {"free": "much"})) is None
    assert results.space(verdict("hub", {"free": 2, "needed": 1})) is None
    assert results.driver(verdict("driver", {"driver": "570.86\n"})) == "570.86\\n"
    assert results.driver(verdict("driver", ["570"])) == ""
