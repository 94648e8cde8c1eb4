# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip's debug log adds; what pip says of everything else is in test_output.py."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers.pip_output import PARSER


@pytest.mark.parametrize(
    ("others", "expected"),
    [("404 Client Error: Not Found for url: x", "no_such_version"), ("503 Server Error: Busy for url: x", "network")],
)
def test_one_index_that_forbids_and_another_answer(others: str, expected: str) -> None:
    output = (
        "ERROR: Could not find a version that satisfies the requirement alpha==1 (from versions: none)\n"
        "ERROR: No matching distribution found for alpha==1\n"
    )
    debug = (
        "Could not fetch URL http://a/alpha/: 403 Client Error: Forbidden for url: http://a/alpha/ - skipping\n"
        "Could not fetch URL http://a/other/: 503 Server Error: Busy for url: http://a/other/ - skipping\n"
        f"Could not fetch URL http://b/alpha/: {others} - skipping\n"
    )
    assert PARSER.explain(output + PARSER.debug(output, debug)).kind == expected
