# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real control group with little memory, for processes of a test. Needs root and a writable hierarchy."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")


def _make(limit: int) -> Path:
    name = f"model_env-test-{uuid.uuid4().hex[:8]}"
    if (_MOUNT / "memory").is_dir():
        folder = _MOUNT / "memory" / name
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(limit))
        with contextlib.suppress(OSError):
            (folder / "memory.memsw.limit_in_bytes").write_text(str(limit))
    else:
        folder = _MOUNT / name
        folder.mkdir()
        (folder / "memory.max").write_text(str(limit))
        with contextlib.suppress(OSError):
            (folder / "memory.swap.max").write_text("0")
    return folder


class MemoryGroup:
    """Joined by a process, it is inherited by all that the process starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def join(self) -> None:
        """Move the calling process into the group; a ``preexec_fn``."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))

    @classmethod
    @contextlib.contextmanager
    def of(cls, limit: int) -> Iterator[MemoryGroup]:
        """A group that may use ``limit`` bytes.

        :raises OSError: this user may not make one.
        """
        folder = _make(limit)
        try:
            yield cls(folder)
        finally:
            with contextlib.suppress(OSError):
                folder.rmdir()
