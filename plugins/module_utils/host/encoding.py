# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files are bytes, and ours are UTF-8, whatever the locale of the process says.

Python encodes a name by the locale: in ISO-8859-1 it cannot write most of them, and writes other bytes for the rest, so
that the next run, in UTF-8, would not find its own files.
"""

from __future__ import annotations

import os


def on_disk(text: str) -> str:
    """A name or path in the form in which this process must hand it to the system, so that its bytes are UTF-8."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def as_text(name: str) -> str:
    """What the system calls something, as text; bytes that are no UTF-8 as Python keeps them (PEP 383)."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")
