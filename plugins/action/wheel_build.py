# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks first; only when a wheel has to be compiled, runs in the background of the node and shows how far it is."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import BackgroundAction
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import WheelCache, answered_key


class ActionModule(BackgroundAction):
    """With ``wheel_cache``, the wheel is fetched into that folder of the controller, too."""

    MODULE = "portable.model_env.wheel_build"
    SECRETS = ("index_url", "extra_index_urls", "find_links")
    INTERVAL = 30.0

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in arguments.items() if name != "wheel_cache"}

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        if result.get("failed") or not result.get("path"):
            return {}
        # Who built it is what the controller knows, not what the node calls itself.
        builder = str(self._task.delegate_to or self.host)
        key = answered_key(result, self._task.args["key"], builder)
        cache = self._task.args.get("wheel_cache")
        if cache is not None and not self._task.args.get("wheelhouse"):
            # Other hosts cannot read this one's own wheelhouse; the controller hands the wheel on to them.
            WheelCache(str(cache)).bring(self, result, key, builder)
        return {}
