# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in columns."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import columns


def test_cells_stand_below_each_other_and_nothing_trails() -> None:
    assert (
        columns.aligned([["a", "b", "c"], ["long", "", "d e"], ["x", "y", ""]]) == "a     b  c\nlong     d e\nx     y"
    )


def test_a_long_value_is_cut_and_a_value_of_many_lines_is_one() -> None:
    assert columns.short("a\n  b\tc", 10) == "a b c"
    assert columns.short("x" * 11, 10) == "xxxxxxx..."


def test_of_a_message_the_cause_comes_first() -> None:
    error = ModelEnvError("it failed", where="svd", why="the disk is full", todo="free space", log="/log")
    assert columns.gist(error.message, 80) == "the disk is full (svd: it failed)"
    assert columns.gist("no such\nhost", 80) == "no such host"


def test_words_of_a_node_stay_in_their_cell() -> None:
    table = columns.aligned([["a", "b", "c"], ["\x1b[2J", "x\nok: [n1]", "\u202ekcab\x9b\n"]])
    assert table == "a        b            c\n\\x1b[2J  x\\nok: [n1]  \\u202ekcab\\x9b\\n"
    assert columns.short("\x1b[2J\u202e", 40) == "\\x1b[2J\\u202e"
