# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release's distributions and files say against its receipt; the room ``releases`` reads them. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation

_SHOWN = 5


def distributions_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """How the distributions differ from the receipt; "" if they do not."""
    return shortened(value["drift"])


def files_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """Which files differ from their recorded checksums; "" if none does."""
    return shortened(value["wrong"])


def shortened(lines: Sequence[str]) -> str:
    """The first few lines, and how many there are besides."""
    rest = len(lines) - _SHOWN
    return "; ".join([*lines[:_SHOWN], *([f"and {rest} more"] if rest > 0 else [])])
