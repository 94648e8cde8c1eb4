# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts of bytes as people read and write them: in powers of 1024, as ``df -h`` and ``nvidia-smi`` show them."""

from __future__ import annotations

import re

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

GIB = 1 << 30
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?\s*\Z", re.IGNORECASE)


def shown(size: float) -> str:
    """``58.2 GiB``."""
    amount, unit = float(size), 0
    while amount >= 1023.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or amount >= 99.5 else f"{amount:.1f} {_UNITS[unit]}"


def parse(value: str | int) -> int:
    """Bytes of ``5G``, ``512 MiB``, ``1048576``.

    :raises ModelEnvError: (``invalid``) it is no size.
    """
    match = _SIZE.match(str(value))
    if not match:
        raise ModelEnvError(
            f"{value!r} is not a size", todo="write bytes, or a number with K, M, G or T, such as 5G", kind="invalid"
        )
    return int(float(match[1]) * 1024 ** "_KMGT".index(match[2].upper() or "_"))
