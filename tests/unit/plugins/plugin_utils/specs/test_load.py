# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs for plugins that act on them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offence

SPECS: dict[str, Any] = {"svd": {"python": "3.11"}, "ltx": {"python": "3.11"}}


class Tagged(str):
    """A text as Ansible hands it over: with more than its characters."""

    __slots__ = ("origin",)


@pytest.mark.parametrize(
    ("selected", "names"), [(None, ["svd", "ltx"]), ("", ["svd", "ltx"]), ("ltx", ["ltx"]), (["svd"], ["svd"])]
)
def test_the_selected_specs(selected: Any, names: list[str]) -> None:
    assert sorted(load.load_specs(SPECS, selected)) == sorted(names)


def test_every_offence_is_told_at_once_and_is_there_as_data() -> None:
    bad = {"svd": {"python": "3.11", "packages": ["a", "b"]}, "ltx": {"python": "two"}}
    with pytest.raises(ModelEnvError) as caught:
        load.load_specs(bad)
    assert caught.value.kind == "invalid"
    assert "3 things to correct" in caught.value.message
    found = [(one["spec"], one["path"]) for one in caught.value.details["offences"]]
    assert sorted(found) == [("ltx", "python"), ("svd", "packages[0]"), ("svd", "packages[1]")]


def test_one_index_may_be_given_as_a_text() -> None:
    torch = {"svd": {"python": "3.11", "torch": {"version": "2.5.1", "cuda": "cu118"}}}
    found = load.load_specs(torch, None, "https://mirror/{build}")["svd"].torch
    assert found is not None
    assert found.index_url == "https://mirror/cu118"


def test_texts_of_ansible_become_pythons_own_at_every_depth() -> None:
    found = load.plain({Tagged("a"): [Tagged("b"), (Tagged("c"), 1)]})
    assert found == {"a": ["b", ["c", 1]]}
    assert {type(one) for one in (*found, found["a"][0], found["a"][1][0])} == {str}


def test_extensions_outside_of_a_spec() -> None:
    (found,) = load.load_extensions([{"name": "flash_attn", "version": "2.8.3"}])
    assert (found.name, found.version) == ("flash-attn", "2.8.3")
    with pytest.raises(ModelEnvError, match=r"extensions\[0\]"):
        load.load_extensions([{"name": "flash-attn"}])


def test_the_summary_groups_by_hosts_and_specs() -> None:
    offences = {"all 3 hosts": [Offence("svd", "python", "is bad", "python: 3.11")], "n1": [Offence("", "", "x", "y")]}
    lines = load.summary(offences).splitlines()
    assert lines[0] == "2 things to correct in the specs"
    assert lines[2:5] == ["svd (all 3 hosts)", "  - python: is bad", "      python: 3.11"]
    assert lines[6:9] == ["variables (n1)", "  - x", "      y"]
