# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys: set or not, and never more than that."""

from __future__ import annotations

import json

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
    ("name", "policy", "verdict", "value", "reason"),
    [
        ("HERE", "auto", "pass", "environment", ""),
        ("LUMA_API_KEY", "required", "pass", "file", ""),
        ("BLANK", "auto", "skip", None, "BLANK is not set, neither in the environment nor in /etc/keys"),
        (
            "EMPTY",
            "required",
            "fail",
            None,
            "the key is required, but EMPTY is not set, neither in the environment nor in /etc/keys",
        ),
        ("HERE", "off", "skip", "environment", "switched off by policy"),
    ],
)
def test_verdicts(name: str, policy: str, verdict: str, value: str | None, reason: str) -> None:
    environ = {"HERE": "here-secret", "BLANK": "  "}
    (found,) = api_keys.judge([name], environ, api_keys.names_in(FILE), policy, "/etc/keys")
    assert (found["check"], found["verdict"], found["value"], found["reason"]) == (
        f"api_key:{name}",
        verdict,
        value,
        reason,
    )


def test_no_value_gets_out() -> None:
    environ = {"HERE": "here-secret", "LUMA_API_KEY": "other-secret"}
    names = ["HERE", "LUMA_API_KEY", "RUNWAY_API_KEY", "MISSING"]
    assert "secret" not in json.dumps(api_keys.judge(names, environ, api_keys.names_in(FILE), "required", "/f"))


def test_without_a_file_none_is_mentioned_and_with_a_bad_one_why() -> None:
    (found,) = api_keys.judge(["A"], {}, set(), "auto")
    assert found["reason"] == "A is not set"
    (found,) = api_keys.judge(["A"], {}, set(), "auto", "/f", "Permission denied")
    assert found["reason"] == "A is not set, neither in the environment nor in /f (Permission denied)"
