# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status file of a long run: replaced whole, so a reader never sees half of it.

Any module may write one; ``plugin_utils/background.py`` follows it from the controller. No secret that is known is
in it, and no control character.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.masking import masked
from ansible_collections.portable.model_env.plugins.module_utils.names import one_line


class StatusFile:
    """Writes the state of a run for whoever follows it.

    :param path: where; "" writes nothing, so that a module needs no second code path.
    :param interval: least seconds between two writes, unless ``force`` is set.
    """

    def __init__(self, path: str, interval: float = 1.0) -> None:
        self._path = path
        self._interval = interval
        self._last = 0.0
        self.write({"phase": ""}, force=True)

    def write(self, status: dict[str, Any], *, force: bool = False) -> None:
        """Replace the status; a failure to write it never fails the run that it tells of."""
        now = time.monotonic()
        if not self._path or (not force and now - self._last < self._interval):
            return
        self._last = now
        temporary = f"{self._path}.new"
        with contextlib.suppress(OSError):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                json.dump({"pid": os.getpid(), **_printable(status)}, handle)
            os.rename(temporary, self._path)

    def phase(self, phase: str, **more: Any) -> None:
        """Say at once that another phase has begun (keys as in ``host/progress.py``)."""
        self.write({"phase": phase, **more}, force=True)


def _printable(status: dict[str, Any]) -> dict[str, Any]:
    return {key: one_line(masked(value)) if isinstance(value, str) else value for key, value in status.items()}


class StepCounter:
    """Counts the steps of a long run in its status file.

    :param status: where it is said.
    :param what: what is being done by all steps together.
    :param total: how many there will be.
    """

    def __init__(self, status: StatusFile, what: str, total: int) -> None:
        self._status, self._what, self._total, self._number = status, what, total, 0

    def next(self, step: str) -> None:
        """Say that the next step has begun."""
        self._number += 1
        self._status.phase(f"{self._what}, step {self._number} of {self._total}", detail=step)
