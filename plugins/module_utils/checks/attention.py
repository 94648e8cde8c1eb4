# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements of flash attention mean."""

from __future__ import annotations

from typing import Any, Mapping

PACKAGE = "flash-attn"
# A kernel in half precision may be this many times as far from the truth as torch's own in half precision is, and a
# little more: what flash-attn's own tests allow (tests/test_flash_attn.py, 2 forward and 3 backward).
FACTOR, FLOOR = 3.0, 1e-3


def problem(value: Mapping[str, Any], _wanted: Mapping[str, Any]) -> str:
    """What is wrong: each result against float32, measured by what half precision costs torch; "" if nothing is."""
    wrong = [
        f"{name} is off by {off['flash']:.2g}, torch's own by {off['torch']:.2g}"
        for name, off in value["errors"].items()
        # Not "greater": what is not a number fails, too.
        if not off["flash"] <= FACTOR * off["torch"] + FLOOR
    ]
    return f"flash attention on {value['gpu']} is wrong: {'; '.join(wrong)}" if wrong else ""
