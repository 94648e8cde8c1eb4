# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The holds on several target folders, for as long as one run works in them."""

from __future__ import annotations

import contextlib
import os
import time
from types import TracebackType
from typing import Iterable

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder, unwritable

_LOOK_SECONDS = 2.0


class FolderHolds:
    """Takes hold of folders; a context manager that lets go of all of them.

    :param deadline: monotonic time until which to wait for other holders.
    :param status: told whom it waits for.
    :param check_mode: take none, and act as if all were held.
    """

    def __init__(self, deadline: float, status: StatusFile, check_mode: bool) -> None:
        self._deadline = deadline
        self._status = status
        self._check_mode = check_mode
        self._held: list[tuple[Hold, TargetFolder]] = []
        self._handles = contextlib.ExitStack()

    def __enter__(self) -> FolderHolds:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hold, _folder in self._held:
            hold.release()
        self._handles.close()
        for _hold, folder in self._held:
            folder.leave()

    def take(self, folders: Iterable[TargetFolder]) -> set[str]:
        """Take hold of the folders that are free, and return their paths. Waits only while none of them is.

        A run never waits while it holds a folder, so two runs cannot wait for each other, and a folder that another
        node is busy with does not keep this one from the others.

        :raises ModelEnvError: kind ``locked``: all are taken for longer than the wait. Kind ``io``: not writable.
        """
        by_path = {folder.hold_path: folder for folder in folders}
        if self._check_mode:
            return {folder.path for folder in by_path.values()}
        while True:
            taken, refusal = set(), None
            for _path, folder in sorted(by_path.items()):
                folder.prepare()
                try:
                    self._held.append((self._hold(folder), folder))
                    taken.add(folder.path)
                except FileNotFoundError:
                    continue  # its former holder has just removed the empty folder; the next round makes it again
                except OSError as error:
                    raise unwritable(folder.path, str(error)) from error
                except ModelEnvError as error:
                    refusal = refusal or error
            if taken or refusal is None:
                return taken
            if time.monotonic() >= self._deadline:
                raise refusal
            self._status.phase("waiting for another run", detail=refusal.what)
            time.sleep(_LOOK_SECONDS)

    def _hold(self, folder: TargetFolder) -> Hold:
        # By the descriptor: whoever may write the target could put a link in the place of its state folder meanwhile.
        with contextlib.ExitStack() as opened:
            state = opened.enter_context(folder.open_state())
            reached = f"/proc/self/fd/{state.descriptor}"
            path = os.path.join(reached, "lock") if os.path.isdir(reached) else folder.hold_path
            hold = Hold(path, "fetching weights", folder.owners, folder.hold_path).acquire()
            self._handles.enter_context(opened.pop_all())
        return hold

    def refuse_lost(self) -> None:
        """Stop when a folder is not ours any more.

        :raises ModelEnvError: kind ``lost``.
        """
        for hold, _folder in self._held:
            hold.demand()
