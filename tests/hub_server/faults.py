# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches for what can go wrong. A fault is a dict, and is used up after ``count`` uses (default 1; 0: never).

where   "api", "hub" (resolve) or "cdn"; what kind of request it meets
path    wildcard over the file's path (default ``*``)
after   skip this many matching requests first (default 0)
kind    drop         close the connection after ``at`` bytes of the body
stall        send nothing more after ``at`` bytes, for ``seconds``
status       answer ``status`` with ``headers``
ignore_range answer 200 with the whole file
corrupt      turn over every bit of the byte at ``at`` (from the start of the file)
changed      answer as if the file had other content (ETag, size and bytes)
expire       the signatures given out so far are not valid any more: 403
slow         send ``rate`` bytes per second, and the rest at once when no such fault is switched on any more
"""

from __future__ import annotations

import fnmatch
import threading
from typing import Any


class Faults:
    """The faults that are switched on; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[dict[str, Any]] = []

    def set(self, faults: list[dict[str, Any]]) -> None:
        """Replace all."""
        with self._lock:
            self._faults = [{"count": 1, "path": "*", "after": 0, "used": 0, **fault} for fault in faults]

    def take(self, where: str, path: str, kinds: tuple[str, ...], start: int = 0, end: int = 1 << 62) -> dict[str, Any]:
        """The first fault that meets this request, counted as used; {} if there is none.

        A fault with ``at`` only meets a request whose range holds that byte.
        """
        with self._lock:
            for fault in self._faults:
                if fault["where"] != where or fault["kind"] not in kinds or not fnmatch.fnmatch(path, fault["path"]):
                    continue
                if "at" in fault and not start <= fault["at"] < end:
                    continue
                if fault["after"] > 0:
                    fault["after"] -= 1
                    continue
                if fault["count"] and fault["used"] >= fault["count"]:
                    continue
                fault["used"] += 1
                return dict(fault)
        return {}

    def any(self, kind: str) -> bool:
        """Whether one of this kind is switched on."""
        with self._lock:
            return any(fault["kind"] == kind for fault in self._faults)

    def used(self) -> list[dict[str, Any]]:
        """All of them with how often each was used."""
        with self._lock:
            return [dict(fault) for fault in self._faults]
