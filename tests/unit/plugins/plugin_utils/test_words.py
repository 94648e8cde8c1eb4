# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.words import by_variables, number_of, some


@pytest.mark.parametrize(
    ("names", "shown", "text"),
    [
        ([], 5, ""),
        (["a"], 5, "a"),
        (["a", "b", "c"], 3, "a, b, c"),
        (["a", "b", "c", "d"], 3, "a, b, c and 1 more"),
        (["a", "b", "c", "d"], 1, "a and 3 more"),
    ],
)
def test_some(names: list[str], shown: int, text: str) -> None:
    assert some(names, shown) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 hosts"), (1, "1 host"), (2, "2 hosts")])
def test_number_of(count: int, text: str) -> None:
    assert number_of(count, "host") == text


@pytest.mark.parametrize(
    ("template", "variables", "text"),
    [
        ("{{ model_env_root }}", {}, "set model_env_root"),
        ("{{ model_env_root | default('/opt/x') }}", {"model_env_root": "/data"}, "set model_env_root"),
        ("{{mine}}", {}, "set mine"),
        # A variable of a role that hands on that of another one.
        ("{{ preflight_root }}", {"preflight_root": "{{ model_env_root | default('/opt/x') }}"}, "set model_env_root"),
        ("{{ a }}", {"a": "{{ b }}", "b": "{{ a }}"}, "set b"),
        ("{{ model_env_root }}/weights", {}, "set the option `root`"),
        ("{{ {'a': b}[c] | default(d) }}", {}, "set the option `root`"),
        ("{{ item.root }}", {}, "set the option `root`"),
        ("/data", {}, "set the option `root`"),
        (None, {}, "set the option `root`"),
    ],
)
def test_an_option_is_called_by_the_variable_that_sets_it(template: Any, variables: dict[str, Any], text: str) -> None:
    answer = {"msg": "set the option `root`", "work": [{"error": {"todo": "set the option `root`"}}], "n": 1}
    named = by_variables(answer, {"root": template}, variables)
    assert named == {"msg": text, "work": [{"error": {"todo": text}}], "n": 1}
