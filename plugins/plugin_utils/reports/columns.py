# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in columns, for tables that people read in a terminal. Pure."""

from __future__ import annotations

import re
from typing import Sequence

from ansible_collections.portable.model_env.plugins.module_utils.names import one_line, visible


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """The lines with their cells below each other; the last column takes what it needs.

    A cell is one line, whatever words are in it.
    """
    lines = [[one_line(cell) for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]) - 1)] + [0]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def short(text: object, width: int) -> str:
    """A value on one line of at most ``width`` characters."""
    line = visible(" ".join(str(text).split()))
    return line if len(line) <= width else line[: width - 3] + "..."


def gist(message: str, width: int) -> str:
    """A message of ModelEnvError on one line: the cause first, because the end is cut off, then what failed."""
    found = re.search(r"^Why: (.*?)(?:^What to do: |^Full output|\Z)", message, re.M | re.S)
    if found is None:
        return short(message, width)
    return short(f"{found[1].strip().rstrip('.')} ({message.splitlines()[0].rstrip('.')})", width)
