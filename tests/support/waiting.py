# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what a test has started, without assuming how fast the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

# No test measures by it: it only ends a test that hangs, also on a machine that is a hundred times slower than usual.
PATIENCE = 600.0


def until(condition: Callable[[], Found], what: str, seconds: float = PATIENCE) -> Found:
    """Ask again and again until the answer is true, and give it back.

    :param what: what is waited for, for the message.
    :raises AssertionError: if it has not come after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return found


def alive(pid: int | str) -> bool:
    """Whether a process exists and is more than a line that its parent has not read yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def content(path: Path) -> str:
    """What a file holds as soon as it holds something."""
    return until(lambda: path.exists() and path.read_text().strip(), f"{path} is written") or ""
