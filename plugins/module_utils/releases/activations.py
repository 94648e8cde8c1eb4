# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept about each environment's switches: ``<root>/state/<name>.json``."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.releases.history import active_around, left, switched

_SWITCHES = 50  # remembered with their times, to tell which release a process was started from


@dataclass(frozen=True)
class Trial:
    """A release that is active, but may be switched back from.

    :ivar release: its folder.
    :ivar before: what was active before it; None: nothing was.
    """

    release: str
    before: str | None


@dataclass(frozen=True)
class Record:
    """What is known of one environment's switches.

    :ivar history: releases in the order of their activation.
    :ivar trial: the trial that goes on; None: there is none.
    """

    history: list[str] = field(default_factory=list)
    trial: Trial | None = None


class Activations:
    """The records of one root.

    A record is written before its switch, so that a run that is killed between the two leaves a record that says more
    than happened, never less; what the link says is what counts.

    :param folder: where they lie; made when the first one is written.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, name: str, active: str | None) -> Record:
        """The record of an environment; a trial of anything but what is active is over.

        :param active: folder that the link leads to.
        """
        found = self._read(name)
        noted = found.get("trial") or {}
        trial = Trial(active, noted.get("before")) if active is not None and noted.get("release") == active else None
        return Record([str(folder) for folder in found.get("history") or []], trial)

    def switch(self, name: str, before: str | None, after: str, trial: bool) -> None:
        """Note that ``after`` is about to become active.

        :raises OSError: it cannot be written.
        """
        record = self.read(name, before)
        # What was on trial itself is nothing to go back to.
        safe = record.trial.before if record.trial and before != after else before
        history = switched(record.history, safe, after)
        switches = [*self._read(name).get("switches", []), [time.time(), after]][-_SWITCHES:]
        self._write(name, history, switches, {"release": after, "before": safe} if trial else None)

    def confirm(self, name: str, active: str) -> None:
        """End the trial: ``active`` stays."""
        record = self.read(name, active)
        if record.trial is not None:
            self._write(name, record.history, self._read(name).get("switches", []), None)

    def active_around(self, name: str, moment: float) -> list[str]:
        """Folders of the releases that were active at a moment (seconds since the epoch)."""
        return active_around(self._read(name).get("switches", []), moment)

    def left(self, name: str, folder: str) -> float | None:
        """When a release stopped being active (seconds since the epoch); None: it never was, or it still is."""
        return left(self._read(name).get("switches", []), folder)

    def forget(self, name: str) -> None:
        """Nothing of the environment is left."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(name))

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.json")

    def _read(self, name: str) -> dict[str, Any]:
        found = filesystem.read_json(self._path(name))
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, history: list[str], switches: list[Any], trial: dict[str, Any] | None) -> None:
        os.makedirs(self._folder, exist_ok=True)
        filesystem.write_json(self._path(name), {"history": history, "switches": switches, "trial": trial})
