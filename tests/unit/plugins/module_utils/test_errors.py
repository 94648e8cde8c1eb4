# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors are values: what was raised is not changed, and who knows more makes another one."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError, OwnLines

ERROR = ModelEnvError(
    "it failed", where="svd", why="the disk is full", todo="free space", kind="no_space", details={"a": 1}
)


def test_the_message_has_a_line_for_each_part() -> None:
    assert ERROR.message == "svd: it failed.\nWhy: the disk is full.\nWhat to do: free space."
    assert str(ERROR) == ERROR.message
    assert ModelEnvError("it failed!").message == "it failed!"


def test_who_knows_more_makes_another() -> None:
    known = ERROR.with_(log="/r/logs/x.log", details={"b": 2})
    assert known.message.endswith("Full output on the node: /r/logs/x.log")
    assert (known.details, known.kind, known.where) == ({"a": 1, "b": 2}, "no_space", "svd")
    assert (ERROR.log, ERROR.details) == ("", {"a": 1})
    with pytest.raises(TypeError):
        ERROR.with_(because="x")


def test_another_one_still_says_where_it_was_raised_and_why() -> None:
    def read() -> None:
        try:
            raise OSError("no such file")
        except OSError as error:
            raise ModelEnvError("it cannot be read") from error

    with pytest.raises(ModelEnvError) as caught:
        read()
    known = caught.value.with_(where="svd")
    assert known.__traceback__ is caught.value.__traceback__
    assert str(known.__cause__) == str(known.__context__) == "no such file"
    assert known.__suppress_context__
    assert not ERROR.with_(where="x").__suppress_context__


@pytest.mark.parametrize("field", ["what", "where", "why", "todo", "kind", "log", "details"])
def test_nobody_changes_one(field: str) -> None:
    with pytest.raises(AttributeError):
        setattr(ERROR, field, "x")
    ERROR.details["more"] = 1
    assert ERROR.as_dict()["details"] == {"a": 1}


@pytest.mark.parametrize("field", ["what", "where", "why", "todo", "log"])
def test_words_of_others_are_shown_on_their_line(field: str) -> None:
    words = "\x1b]0;title\x07\x1b[2J\nok: [n1]\r\x9b2J\u202ekcab"
    error = ModelEnvError("it failed").with_(kind="network", **{field: words})
    shown = "\\x1b]0;title\\x07\\x1b[2J\\nok: [n1]\\r\\x9b2J\\u202ekcab"
    assert shown in error.message
    assert error.as_dict()[field] == getattr(error, field) == shown
    assert not any(line.startswith("ok:") for line in error.message.split("\n"))


def test_details_stay_data_and_show_their_control_characters() -> None:
    details = {"files": ["a\x1b[2Jb", "c\nd"], "missing": 3, "none": None, "in\x07": {"deep": ("\u202e",)}}
    shown = {"files": ["a\\x1b[2Jb", "c\nd"], "missing": 3, "none": None, "in\\x07": {"deep": ["\\u202e"]}}
    assert ModelEnvError("it failed", details=details).details == shown


def test_several_lines_are_those_that_we_have_written() -> None:
    error = ModelEnvError(OwnLines("2 things:\n  a\x1b[2J\n  b"))
    assert error.message == "2 things:\n  a\\x1b[2J\n  b."
    assert error.with_(kind="invalid").message == error.message
    assert type(error.as_dict()["what"]) is str


def test_no_secret_is_in_any_field() -> None:
    masking.conceal("hf_EXAMPLE")
    words = "no: hf_EXAMPLE"
    error = ModelEnvError(words, where=words, why=words, todo=words, log=words, details={"said": [words]})
    assert "EXAMPLE" not in error.message + str(error) + repr(error) + repr(error.as_dict())
