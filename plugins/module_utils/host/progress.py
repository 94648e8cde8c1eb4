# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long run is, as data in a status file and as a line for the terminal.

Status (JSON object; every key optional but ``phase``):

    phase    what is being done, in a word or a few ("download", "building flash-attn")
    done     how much of ``total`` is done, in ``unit``
    total    0 or absent: not known
    unit     "bytes" or the name of what is counted ("steps", "files")
    rate     units per second, of the last seconds
    detail   what is being worked on right now
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.names import one_line

_LONGEST = 200  # characters of a word
_MOST = 1 << 80
_SLOW = 0.1  # units per second, below which the rate says less than the time that is left


class RateMeter:
    """The rate of the last ``window`` seconds, from (time, amount) samples."""

    def __init__(self, window: float = 20.0) -> None:
        self._window = window
        self._samples: list[tuple[float, float]] = []

    def sample(self, now: float, amount: float) -> float:
        """Add a sample; the rate in amount per second."""
        self._samples.append((now, amount))
        while len(self._samples) > 2 and now - self._samples[1][0] >= self._window:
            self._samples.pop(0)
        first_time, first_amount = self._samples[0]
        return (amount - first_amount) / (now - first_time) if now > first_time else 0.0


def human_seconds(seconds: float) -> str:
    """``42 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def line(status: Mapping[str, Any], seconds: float = 0.0) -> str:
    """One line for people, or "" if the status says nothing.

    :param status: of a node, which may say anything: what makes no sense is left out, what a terminal obeys is escaped.
    :param seconds: how long it has said the same; shown where nothing says how long it will take.
    """
    phase = _word(status.get("phase"))
    if not phase:
        return ""
    parts, timed = [phase], False
    done, total = _number(status.get("done")), _number(status.get("total")) or 0.0
    rate, unit = _number(status.get("rate")) or 0.0, _word(status.get("unit"))
    if done is not None:
        parts.append(_amount(done, total, unit))
        if rate > 0:
            if unit == "bytes" or rate >= _SLOW:
                parts.append(f"{sizes.shown(rate)}/s" if unit == "bytes" else f"{rate:.1f} {unit}/s")
            if total and done < total:
                parts.append(f"{human_seconds((total - done) / rate)} left")
                timed = True
    if status.get("detail"):
        parts.append(_word(status["detail"]))
    if seconds >= 1 and not timed:
        parts.append(f"for {human_seconds(seconds)}")
    return ", ".join(parts)


def _word(value: Any) -> str:
    return one_line(str(value or "")[:_LONGEST])


def _number(value: Any) -> float | None:
    """A number that makes sense; None for whatever else a node may say."""
    return float(value) if isinstance(value, (int, float)) and 0 <= value < _MOST else None


def _amount(done: float, total: float, unit: str) -> str:
    if unit == "bytes":
        text = sizes.shown(done)
        return f"{text} of {sizes.shown(total)} ({100 * done / total:.0f}%)" if total else text
    return f"{done:.0f} of {total:.0f} {unit}".rstrip() if total else f"{done:.0f} {unit}".rstrip()
