# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status file of a long run: replaced whole, so a reader never sees half of it.

Any module may write one; ``plugin_utils/progress.py`` follows it from the controller. A status must never hold a
secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any


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
                json.dump({"pid": os.getpid(), **status}, handle)
            os.rename(temporary, self._path)

    def phase(self, phase: str, **more: Any) -> None:
        """Say at once that another phase has begun (keys as in ``pure/progress.py``)."""
        self.write({"phase": phase, **more}, force=True)
