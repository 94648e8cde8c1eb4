# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in texts, and texts without them."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.masking import masked, secrets_in


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("https://u:p@h/simple", ["u:p", "p"], "https://****@h/simple"),
        ("https://token@h/simple", ["token"], "https://****@h/simple"),
        ("git+ssh://git@h/x.git@v1", [], "git+ssh://git@h/x.git@v1"),
        ("x @ git+https://u:p@h/x@0123", ["u:p", "p"], "x @ git+https://****@h/x@0123"),
        ("https://h/simple", [], "https://h/simple"),
        ("http://a:b@c https://d:e@f", ["a:b", "d:e", "b", "e"], "http://****@c https://****@f"),
    ],
)
def test_credentials_are_found_and_masked(text: str, secrets: list[str], shown: str) -> None:
    assert secrets_in([text]) == secrets
    assert masked(text) == shown
