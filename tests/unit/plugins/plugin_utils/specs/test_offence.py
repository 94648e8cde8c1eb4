# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an offence may show."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.specs import offence
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://me:pw@host/simple", "https://host/simple"),
        ("https://token@host/simple", "https://host/simple"),
        ("ssh://git:pw@host/x", "ssh://git@host/x"),
        ("https://host/x?access_token=pw", "https://host/x"),
    ],
)
def test_secrets_of_urls_are_masked_and_taken_out(text: str, clean: str) -> None:
    assert offence.has_secret(text)
    assert "pw" not in offence.masked(text) and "token@" not in offence.masked(text)
    assert offence.without_secrets(text) == clean


@pytest.mark.parametrize("text", ["https://host/simple", "ssh://git@host/x", "einops==0.8.1", "a@b"])
def test_what_holds_no_secret_stays(text: str) -> None:
    assert not offence.has_secret(text)
    assert offence.without_secrets(text) == text


def test_nothing_that_a_report_shows_reaches_the_terminal_as_it_is() -> None:
    report = Offences("s\x1b")
    report.add("p\n", "https://me:pw@h\x07", "fix\r")
    (shown,) = [one.as_dict() for one in report.offences]
    assert all(value.isprintable() for value in shown.values())
    assert "pw" not in "".join(shown.values())


def test_a_word_is_guessed_only_where_one_is_near() -> None:
    assert offence.did_you_mean("pakages", ["packages", "python"]) == "packages"
    assert offence.did_you_mean("zzz", ["packages", "python"]) == ""
