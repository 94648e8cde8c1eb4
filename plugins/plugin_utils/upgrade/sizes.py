# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of hosts as operators write them: ``3``, ``"10%"``. Pure."""

from __future__ import annotations

import re
from typing import Any, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError


def hosts(value: Any, fleet: int, name: str, least: int = 1) -> int:
    """A number of hosts.

    :param value: a number, or a percentage of the whole fleet as text; a percentage is rounded down.
    :param fleet: how many hosts there are.
    :param name: the variable, for the message.
    :param least: what a percentage comes to at least, and a number must be.
    :raises ModelEnvError: kind ``invalid``.
    """
    found = re.fullmatch(r"(\d+)\s*(%?)", str(value).strip())
    number = int(found[1]) if found else -1
    if found is None or (found[2] and not 0 < number <= 100) or (not found[2] and number < least):
        raise ModelEnvError(
            f"{name} is {value!r}, which is no number of hosts from {least} on and no percentage",
            todo=f'{name}: 2, or {name}: "10%" (of all hosts)',
            kind="invalid",
        )
    return max(least, 1, number * fleet // 100) if found[2] else number


def batches(wanted: Any, fleet: int, remaining: int, name: str) -> list[int]:
    """The sizes of the batches that cover the remaining hosts; the last size is repeated.

    :param wanted: one size or a list of sizes, as for :func:`hosts`.
    """
    values: Sequence[Any] = wanted if isinstance(wanted, (list, tuple)) else str(wanted).split(",")
    sizes = [hosts(value, fleet, name) for value in values]
    if not sizes:
        raise ModelEnvError(f"{name} is empty", todo=f'{name}: [1, "10%", "25%"]', kind="invalid")
    found: list[int] = []
    while remaining > 0:
        found.append(min(remaining, sizes[min(len(found), len(sizes) - 1)]))
        remaining -= found[-1]
    return found
