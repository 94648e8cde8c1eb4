# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys: set or not, and never more than that."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks import api_keys

FILE = """
# keys of this node
LUMA_API_KEY=luma-secret
export RUNWAY_API_KEY="runway secret"
EMPTY=
QUOTED_EMPTY=''
  SPACED = x=y
#OFF=1
not a line
"""


def test_names_in_a_file() -> None:
    assert api_keys.names_in(FILE) == {"LUMA_API_KEY", "RUNWAY_API_KEY", "SPACED"}


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("HERE", "environment", ""),
        ("LUMA_API_KEY", "file", ""),
        ("BLANK", None, "BLANK is not set, neither in the environment nor in /etc/keys"),
        ("EMPTY", None, "EMPTY is not set, neither in the environment nor in /etc/keys"),
    ],
)
def test_where_a_key_is_set(name: str, value: str | None, missing: str) -> None:
    environ = {"HERE": "here-secret", "BLANK": "  "}
    found = api_keys.measure(name, environ, api_keys.names_in(FILE), "/etc/keys")
    assert (found.value, found.missing) == (value, missing)


def test_no_value_gets_out() -> None:
    environ = {"HERE": "here-secret", "LUMA_API_KEY": "other-secret"}
    names = ["HERE", "LUMA_API_KEY", "RUNWAY_API_KEY", "MISSING"]
    found = [asdict(api_keys.measure(name, environ, api_keys.names_in(FILE), "/f")) for name in names]
    assert "secret" not in json.dumps(found)


def test_without_a_file_none_is_mentioned_and_with_a_bad_one_why() -> None:
    assert api_keys.measure("A", {}, set()).missing == "A is not set"
    found = api_keys.measure("A", {}, set(), "/f", "Permission denied")
    assert found.missing == "A is not set, neither in the environment nor in /f (Permission denied)"
