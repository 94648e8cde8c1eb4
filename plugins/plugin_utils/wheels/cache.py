# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's cache of wheels: what a build host made, on its way to the other hosts, in this run and later."""

from __future__ import annotations

import os
import shlex
import tempfile
from typing import Any, Mapping

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import Entry, Wheelhouse, sha256_of
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

DEFAULT = "~/.cache/portable.model_env/wheelhouse"


class WheelCache:
    """A wheelhouse on the controller.

    :param folder: "": the default.
    """

    def __init__(self, folder: str) -> None:
        self._house = Wheelhouse(os.path.abspath(os.path.expanduser(folder or DEFAULT)))

    def offers(self) -> list[dict[str, Any]]:
        """What it has, as the modules ``plan`` and ``wheels`` take it; nothing is on the node yet."""
        return [_offer(entry) for entry in self._house.entries()]

    def hand(self, action: ActionBase, key: Mapping[str, Any], folder: str) -> dict[str, Any] | None:
        """Copy the wheel for a key to the action's host.

        :param folder: temporary folder on that host.
        :returns: the offer with its path there; None: the cache has none.
        :raises ModelEnvError: the cached file is damaged.
        """
        entry = self._house.lookup(WheelKey.from_dict(key))
        if entry is None:
            return None
        remote = action._connection._shell.join_path(folder, os.path.basename(entry.path))
        action._transfer_file(self._house.verified(entry), remote)
        action._fixup_perms2((folder, remote))
        return {**_offer(entry), "path": remote}

    def bring(self, action: ActionBase, built: Mapping[str, Any]) -> Entry:
        """Fetch a wheel from the action's host, once.

        :param built: what the module ``wheel_build`` answered.
        :raises ModelEnvError: it cannot be read there, or did not come whole.
        """
        key = WheelKey.from_dict(built["key"])
        present = self._house.lookup(key)
        if present is not None and present.sha256 == built["sha256"]:
            return present
        with tempfile.TemporaryDirectory(prefix="model_env-wheel-") as folder:
            path = os.path.join(folder, os.path.basename(built["path"]))
            action._connection.fetch_file(built["path"], path)
            if not os.path.exists(path) or sha256_of(path) != built["sha256"]:
                raise ModelEnvError(
                    "the wheel did not come whole to the controller",
                    where=built["path"],
                    why="the connection broke, or the connection's user may not read it",
                    todo="run again, or let the nodes share a folder: flash_attn_wheelhouse",
                )
            return self._house.put(key, path, built["origin"], {**built["facts"], "built_on": built["facts"]["host"]})


def make_folder(action: ActionBase) -> str:
    """A temporary folder on the action's host that its modules can read."""
    return str(action._make_tmp_path())


def remove_folder(action: ActionBase, folder: str) -> None:
    """Remove it."""
    action._low_level_execute_command(f"rm -rf {shlex.quote(folder)}")


def _offer(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key.as_dict(),
        "file": os.path.basename(entry.path),
        "sha256": entry.sha256,
        "origin": entry.origin,
        "facts": dict(entry.facts),
        "path": "",
    }
