# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of byte ranges: which bytes of a file are there, and which are still to be fetched."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Iterable, Iterator


class Ranges:
    """Disjoint half-open ranges ``[start, end)`` in order; touching ranges are one."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add a range; empty ones are ignored."""
        if end <= start:
            return
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def remove(self, start: int, end: int) -> None:
        """Take a range out."""
        if end <= start:
            return
        kept = [(a, b) for s, e in self for a, b in ((s, min(e, start)), (max(s, end), e)) if a < b]
        self._starts = [a for a, _b in kept]
        self._ends = [b for _a, b in kept]

    def total(self) -> int:
        """Bytes in all ranges together."""
        return sum(self._ends) - sum(self._starts)

    def front(self) -> int:
        """Where the range that begins at zero ends; 0 if there is none."""
        return self._ends[0] if self._starts and self._starts[0] == 0 else 0

    def first(self, limit: int) -> tuple[int, int] | None:
        """The first range, cut to ``limit`` bytes; None when empty."""
        if not self._starts:
            return None
        return self._starts[0], min(self._ends[0], self._starts[0] + limit)

    def missing(self, size: int) -> Ranges:
        """What is not covered of ``[0, size)``."""
        holes, position = Ranges(), 0
        for start, end in self:
            holes.add(position, min(start, size))
            position = max(position, end)
        holes.add(position, size)
        return holes

    def copy(self) -> Ranges:
        """An independent copy."""
        return Ranges(self)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(list(zip(self._starts, self._ends)))

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Ranges({list(self)})"
