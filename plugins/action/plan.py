# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node compare itself with them."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels import assign as wheel_fleet
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import WheelCache

display = Display()


class ActionModule(ActionBase):
    """Replaces ``specs`` by the normal forms of the selected ones; a bad spec fails before the node is connected to."""

    MODULE = "portable.model_env.plan"
    OFFERS = True  # whether the module wants to know which wheels the controller has

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with validated arguments."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        try:
            specs = load_specs(
                arguments.get("specs"),
                arguments.get("selected"),
                index_url=arguments.get("index_url") or "",
                index_urls=arguments.get("index_urls") or {},
            )
            arguments["specs"] = {name: spec.to_dict() for name, spec in specs.items()}
            if self.OFFERS and any(spec.torch_extensions for spec in specs.values()):
                arguments["offered"] = WheelCache(str(arguments.get("wheel_cache") or "")).offers()
        except ModelEnvError as error:
            return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        result.update(self._execute_module(self.MODULE, module_args=arguments, task_vars=task_vars))
        if result.get("wheels"):
            host = str((task_vars or {}).get("inventory_hostname", ""))
            display.display(wheel_fleet.in_words(host, result["wheels"]))
        return result
