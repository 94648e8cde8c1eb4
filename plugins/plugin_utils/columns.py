# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in columns, for tables that people read in a terminal. Pure."""

from __future__ import annotations

from typing import Sequence


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """The lines with their cells below each other; the last column takes what it needs."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]) - 1)] + [0]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def short(text: object, width: int) -> str:
    """A value on one line of at most ``width`` characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= width else line[: width - 3] + "..."


def some(names: Sequence[str], shown: int = 5) -> str:
    """The names, or the first few of them and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def number_of(count: int, noun: str) -> str:
    """``1 host``, ``2 hosts``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
