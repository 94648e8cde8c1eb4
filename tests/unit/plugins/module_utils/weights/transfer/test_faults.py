# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the faults that nothing heals become for the operator."""

from __future__ import annotations

import errno

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import faults
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.responses import Reaction


def test_a_gated_file_says_what_to_do() -> None:
    refused = faults.refused("acme/x: a", Reaction.DENIED, 403, {"x-error-code": "GatedRepo"}, "")
    assert "accept the repository's terms" in refused.todo
    assert refused.kind == "denied"


def test_another_refusal_says_what_the_hub_said() -> None:
    refused = faults.refused("acme/x: a", Reaction.GONE, 404, {"x-error-message": "no  such\nentry"}, "page")
    assert (refused.kind, refused.why) == ("missing", "the Hub answered 404: no such entry")


@pytest.mark.parametrize(
    ("number", "kind", "word"),
    [
        (errno.ENOSPC, "no_space", "filesystem is full"),
        (errno.EDQUOT, "no_space", "quota"),
        (errno.EACCES, "io", "written"),
    ],
)
def test_faults_of_the_disk(number: int, kind: str, word: str) -> None:
    error = faults.disk(OSError(number, "said"), "/weights")
    assert (error.kind, error.where) == (kind, "/weights")
    assert word in error.what


def test_who_is_given_up_is_told_the_last_fault_and_a_stale_mirror_its_name() -> None:
    assert (
        "after 9 tries" in faults.given_up("a", "HTTP 503", 9).what
        and "HTTP 503" in faults.given_up("a", "HTTP 503", 9).what
    )
    assert faults.given_up("a", faults.CHANGED, 3).kind == "changed"
