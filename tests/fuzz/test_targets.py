# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short run of every fuzz target, with the same examples each time; and the harness finds what it is for."""

from __future__ import annotations

import re

import pytest
from hypothesis import strategies as st

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.tests.fuzz import run
from ansible_collections.portable.model_env.tests.fuzz.targets import TARGETS, Target

EXAMPLES = 120


@pytest.mark.parametrize("name", TARGETS)
def test_no_stranger_s_word_ends_in_anything_but_a_refusal(name: str) -> None:
    run.run(TARGETS[name], EXAMPLES)


def test_what_a_parser_says_that_it_raises_is_no_fault() -> None:
    def refuse(said: bool) -> None:
        raise ModelEnvError("no") if said else strict.Refused("x", "is none")

    run.run(Target(st.booleans(), refuse), 5)


def test_a_fault_is_found() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        run.run(Target(st.sampled_from(["1", "²"]), int), 20)


def test_a_call_without_an_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_SECONDS", 0.2)
    endless = Target(st.just("a" * 40 + "b"), lambda text: re.match(r"(a+)+$", text))
    with pytest.raises(run.Unbounded, match="seconds of the processor"):
        run.run(endless, 1)


def test_a_call_that_takes_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_MIB", 50)
    with pytest.raises(run.Unbounded, match="MiB of memory"):
        run.run(Target(st.just(1 << 29), lambda size: len(b"x" * size)), 1)
