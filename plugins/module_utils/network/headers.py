# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of headers, as servers write them: what makes no sense is None and never an exception."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

# ASCII alone: \d and isdigit() hold for digits that int() and float() do not take. 18 digits fit into any file's size.
_NUMBER = re.compile(r"[0-9]{1,18}")
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:next\b|\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\")", re.IGNORECASE)


def number(text: str) -> int | None:
    """A whole number from 0."""
    return int(text) if _NUMBER.fullmatch(text.strip(" \t")) else None


def moment(text: str) -> float | None:
    """A date, as seconds since the epoch."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ArithmeticError, IndexError, LookupError, TypeError, ValueError):  # the parser has raised each of them
        return None


def next_page(link: str) -> str:
    """The address in a ``Link`` header with the relation ``next``, as it is written there; "" if there is none."""
    for address, relations in _LINK.findall(link):
        if _NEXT.search(relations):
            return str(address).strip()
    return ""
