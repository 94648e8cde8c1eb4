# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's cache of wheels: what a build host made, on its way to the other hosts, in this run and later."""

from __future__ import annotations

import os
import shlex
import tempfile
from dataclasses import replace
from typing import Any, Mapping

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import (
    canonicalize_name,
    parse_wheel_filename,
)
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName, Sha256
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, Entry, Wheelhouse, sha256_of
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

    def bring(self, action: ActionBase, built: Mapping[str, Any], key: WheelKey, host: str) -> Entry:
        """Fetch a wheel from the action's host, once.

        :param built: what the module ``wheel_build`` answered, once :func:`answered_key` has looked at it.
        :raises ModelEnvError: it cannot be read there, or did not come whole.
        """
        name = _name_of(built)
        present = self._house.lookup(key)
        if present is not None and present.sha256 == built["sha256"]:
            return present
        with tempfile.TemporaryDirectory(prefix="model_env-wheel-") as folder:
            path = os.path.join(folder, name)
            action._connection.fetch_file(built["path"], path)
            if not os.path.exists(path) or sha256_of(path) != built["sha256"]:
                raise ModelEnvError(
                    "the wheel did not come whole to the controller",
                    where=built["path"],
                    why="the connection broke, or the connection's user may not read it",
                    todo="run again, or let the nodes share a folder: flash_attn_wheelhouse",
                )
            return self._house.put(key, path, BUILT, {**built.get("facts", {}), "built_on": host})


def answered_key(built: Mapping[str, Any], wanted: Mapping[str, Any], host: str) -> WheelKey:
    """The key of a wheel that a node says it has built.

    :param wanted: the key that it was handed. Only the C++11 ABI may turn out to be another one, and a commit's version
        is known only once it is built.
    :raises ModelEnvError: (``answer``) it is no wheel of that key, or its file has no name for one.
    """
    try:
        key, asked = WheelKey.from_dict(built["key"]), WheelKey.from_dict(wanted)
        known = replace(key, cxx11abi=asked.cxx11abi, version=asked.version or key.version)
        if known != replace(asked, version=asked.version or key.version):
            raise ValueError(f"its key is {key.slug()}, and {asked.slug()} was to be built")
        Sha256.parse(built["sha256"])
        name = _name_of(built)
        if canonicalize_name(parse_wheel_filename(name)[0]) != key.package:
            raise ValueError(f"{name} is no wheel of {key.package}")
    except (KeyError, ValueError) as error:
        raise ModelEnvError(
            "the answer about a wheel that was built cannot be believed",
            where=host,
            why=str(error),
            todo="look at the node before it is used; nothing was fetched from it",
            kind="answer",
        ) from error
    return key


def _name_of(built: Mapping[str, Any]) -> FileName:
    """What names a place on the controller is computed: the file's name alone, as a name."""
    return FileName.parse(os.path.basename(str(built["path"])))


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
