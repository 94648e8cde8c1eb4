# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node compare itself with them."""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import SpecAction
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.assign import in_words
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import WheelCache

display = Display()


class ActionModule(SpecAction):
    """Tells the module which wheels the controller has, and shows where the wheels of the host come from."""

    MODULE = "portable.model_env.plan"

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        arguments = super().prepared(arguments)
        if any(spec["torch_extensions"] for spec in arguments["specs"].values()):
            arguments["offered"] = WheelCache(str(arguments.get("wheel_cache") or "")).offers()
        return arguments

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        if result.get("wheels"):
            display.display(in_words(self.host, result["wheels"]))
        return {}
