# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Being the only one who changes a root: its hold, and the removal of what a killed run left behind."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import refused
from ansible_collections.portable.model_env.plugins.module_utils.host.root import ELSEWHERE
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot


class Exclusive:
    """Holds the root and removes litter; in check mode it only looks at both. A context manager.

    :param what: what the holder is doing, shown to those who are refused.
    :param wait: seconds to wait for another run.
    :param status: told whom it waits for.
    """

    def __init__(
        self, tree: ModelRoot, what: str, wait: float, check_mode: bool, status: StatusFile | None = None
    ) -> None:
        self._tree, self._wait, self._check_mode = tree, wait, check_mode
        self._status = status or StatusFile("")
        self._hold = tree.hold(what)

    def __enter__(self) -> list[str]:
        """Returns the paths of the litter.

        :raises ModelEnvError: kind ``locked``, or the folders cannot be made.
        """
        if self._check_mode:
            holder = self._tree.holder()
            if holder is not None:
                raise refused(self._tree.hold_file, holder)
            return self._tree.litter()
        self._tree.prepare()
        holder = self._tree.holder()
        if holder is not None:
            self._status.phase("waiting for another run on this folder", detail=str(holder))
        with filesystem.explained("the root cannot be held", self._tree.root, ELSEWHERE):
            self._hold.acquire(self._wait)
        try:
            self._tree.hold_changes(self._hold)
            with filesystem.explained("this host cannot sign the root", self._tree.root, ELSEWHERE):
                self._tree.sharers.sign()
            return self._tree.clean()
        except BaseException:
            self._leave()
            raise

    def __exit__(self, *_error: object) -> None:
        if not self._check_mode:
            self._leave()

    def _leave(self) -> None:
        self._tree.hold_changes(None)
        self._hold.release()
