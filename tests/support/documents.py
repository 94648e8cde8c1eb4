# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that proofs write into documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def fill(document: Path, tables: Mapping[str, str]) -> None:
    """Replace what a document has between ``<!-- NAME -->`` and ``<!-- end NAME -->``."""
    text = document.read_text(encoding="utf-8")
    for name, content in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(f"{begin}\n.*?{end}", re.S)
        if not pattern.search(text):
            raise ValueError(f"{document} has no place for {name}")
        text = pattern.sub(f"{begin}\n{content}\n{end}".replace("\\", r"\\"), text)
    document.write_text(text, encoding="utf-8")
