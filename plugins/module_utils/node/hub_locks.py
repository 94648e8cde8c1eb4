# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks of several target folders, taken together, for as long as one run works in them."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Iterable

from ansible_collections.portable.model_env.plugins.module_utils.node.hub_folder import TargetFolder, unwritable
from ansible_collections.portable.model_env.plugins.module_utils.node.lock import DirLock, describe
from ansible_collections.portable.model_env.plugins.module_utils.node.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.pure.errors import ModelEnvError

_LOOK_SECONDS = 2.0


class FolderLocks:
    """A context manager that gives every lock back.

    :param wait: seconds to wait for other holders, in all.
    :param status: told whom it waits for.
    :param check_mode: take none.
    """

    def __init__(self, wait: float, status: StatusFile, check_mode: bool) -> None:
        self._wait = wait
        self._status = status
        self._check_mode = check_mode
        self._held: list[DirLock] = []

    def __enter__(self) -> FolderLocks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lock in reversed(self._held):
            lock.release()

    def take(self, folders: Iterable[TargetFolder]) -> None:
        """Take the locks of the folders, always in the same order, so that two runs never wait for each other.

        :raises ModelEnvError: kind ``locked``: somebody holds one for longer than the wait. Kind ``io``: not writable.
        """
        if self._check_mode:
            return
        deadline = time.monotonic() + self._wait
        by_lock = {folder.lock_path: folder for folder in folders}
        for path in sorted(by_lock):
            by_lock[path].prepare()
            lock = DirLock(path, "fetching weights")
            while True:
                try:
                    lock.acquire()
                    break
                except OSError as error:
                    raise unwritable(by_lock[path].path, str(error)) from error
                except ModelEnvError as error:
                    if time.monotonic() >= deadline:
                        raise
                    holder = describe(error.details.get("holder", {}))
                    self._status.phase("waiting for another run", detail=f"{by_lock[path].path}: {holder}")
                time.sleep(_LOOK_SECONDS)
            self._held.append(lock)

    def refuse_lost(self) -> None:
        """Stop when a lock is not ours any more.

        :raises ModelEnvError: kind ``locked``.
        """
        for lock in self._held:
            if not lock.held():
                raise ModelEnvError(
                    "the lock of the target folder was lost to another run",
                    where=lock.path,
                    why="this run gave no sign of life for so long that another took it for dead (a suspended machine, or a"
                    " shared filesystem that hung)",
                    todo="run again; what was fetched so far is kept",
                    kind="locked",
                )
