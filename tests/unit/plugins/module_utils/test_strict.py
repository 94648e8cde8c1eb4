# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate for strangers' data: what is of the shape comes through as it is, all else is refused by its place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, Mapping, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName, Sha256


@dataclass(frozen=True)
class Wheel:
    """A part of the schema below."""

    file: FileName
    sha256: Sha256
    size: int = 0


@dataclass(frozen=True)
class Answer:
    """A schema with one of everything."""

    name: str
    outcome: Literal["built", "kept"]
    seconds: float
    wheels: tuple[Wheel, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    note: Optional[str] = None
    blocked: bool = False
    value: Any = None

    def __post_init__(self) -> None:
        """Two fields that must go together."""
        if self.blocked and not self.note:
            raise ValueError("is blocked and does not say why")


GOOD: dict[str, Any] = {
    "name": "svd",
    "outcome": "built",
    "seconds": 3,
    "wheels": [{"file": "a.whl", "sha256": "0" * 64, "size": 4}],
    "counts": {"a": 1},
    "note": None,
    "value": {"deep": [1, None, "x"]},
}


def test_what_is_of_the_shape_comes_through() -> None:
    answer = strict.read(Answer, GOOD)
    assert answer.wheels == (Wheel(FileName("a.whl"), Sha256("0" * 64), 4),)
    assert (answer.seconds, answer.counts, answer.note, answer.value) == (3.0, {"a": 1}, None, GOOD["value"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "name is null, not a text"),
        ({"name": ["a"]}, "name is a list, not a text"),
        ({"outcome": "burnt"}, "outcome is 'burnt', not one of built, kept"),
        ({"seconds": "3"}, "seconds is a text, not a number"),
        ({"seconds": float("nan")}, "seconds is nan, not a finite number"),
        ({"seconds": True}, "seconds is true or false, not a number"),
        ({"wheels": {}}, "wheels is a block of keys, not a list"),
        ({"wheels": [{"file": "a.whl"}]}, "wheels[0].sha256 is missing"),
        ({"wheels": [{"file": "../a", "sha256": "0" * 64}]}, "wheels[0].file is '../a', which does not stay below"),
        ({"wheels": [{"file": "a", "sha256": "0" * 63}]}, "which is no sha256"),
        ({"wheels": [{"file": 1, "sha256": "0" * 64}]}, "wheels[0].file is a whole number, not a text"),
        ({"counts": {"a": "1"}}, "counts.a is a text, not a whole number"),
        ({"counts": {1: 1}}, "the key 1 of counts is a whole number, not a text"),
        ({"blocked": 1}, "blocked is a whole number, not true or false"),
        ({"blocked": True}, "it is blocked and does not say why"),
        ({"evil\x1b": 1}, r"['evil\x1b'] is a key that is not known"),
        ({"value": object()}, "value is of the type object"),
        ({"value": "x" * (strict.LONGEST_TEXT + 1)}, "value has 1048577 characters"),
    ],
)
def test_everything_else_is_refused_by_its_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(strict.Refused) as refused:
        strict.read(Answer, {**GOOD, **change})
    assert said in str(refused.value)


def test_keys_that_ansible_adds_may_be_left_out() -> None:
    assert strict.read(Answer, {**GOOD, "invocation": {"module_args": 1}}, extra=True).name == "svd"


def test_the_depth_is_limited() -> None:
    deep: Any = 1
    for _level in range(10_000):
        deep = [deep]
    with pytest.raises(strict.Refused, match="nested too deeply"):
        strict.read(Answer, {**GOOD, "value": deep})


def test_the_operator_is_told_whose_word_it_is() -> None:
    with pytest.raises(ModelEnvError) as error:
        strict.read_or_explain(Answer, [], what="the answer of the module plan cannot be read", where="node n1")
    assert error.value.message.startswith("node n1: the answer of the module plan cannot be read.\nWhy: it is a list")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(GOOD)), _JSON)
def test_no_value_of_any_field_ends_in_another_error(name: str, value: Any) -> None:
    try:
        answer = strict.read(Answer, {**GOOD, name: value})
    except strict.Refused as refused:
        json.dumps(str(refused))
    else:
        assert isinstance(answer.seconds, float)
