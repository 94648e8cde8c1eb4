# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in texts, and texts without them."""

from __future__ import annotations

import re
from collections.abc import Iterable


def secrets_in(texts: Iterable[str]) -> list[str]:
    """What must not be shown of texts that hold URLs: ``user:password`` and the password alone, longest first."""
    found: set[str] = set()
    for text in texts:
        for userinfo in re.findall(r"[a-z][a-z0-9+.-]*://([^\s/]+)@", text, re.IGNORECASE):
            _user, colon, password = userinfo.partition(":")
            # A lone user may be a token (https://ghp_xyz@host); "git" in ssh://git@host is no secret.
            found.update({userinfo, password} if colon else ({userinfo} if userinfo != "git" else ()))
    return sorted((secret for secret in found if secret), key=lambda secret: (-len(secret), secret))


def masked(text: str) -> str:
    """``text`` with the credentials of every URL in it replaced."""
    return re.sub(
        r"([a-z][a-z0-9+.-]*://)([^\s/]+)@",
        lambda match: match.group(0) if match.group(2) == "git" else f"{match.group(1)}****@",
        text,
        flags=re.IGNORECASE,
    )
