# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node prove its environments against them."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs


class ActionModule(ActionBase):
    """Replaces ``specs`` by the normal forms of those that ``names`` names; the rest is the module's."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with validated specs."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        names, specs = arguments.get("names"), arguments.get("specs")
        if isinstance(names, str):
            names = arguments["names"] = [name.strip() for name in names.split(",") if name.strip()]
        if specs:
            # A name without a spec is an environment that is held to its receipt.
            named = list(specs) if names is None else [name for name in names if name in specs]
            try:
                arguments["specs"] = self._normal(arguments, named) if named else {}
            except ModelEnvError as error:
                return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        result.update(self._execute_module("portable.model_env.verify", module_args=arguments, task_vars=task_vars))
        return result

    @staticmethod
    def _normal(arguments: dict[str, Any], named: list[str]) -> dict[str, Any]:
        specs = load_specs(
            arguments["specs"],
            named,
            index_url=arguments.get("index_url") or "",
            index_urls=arguments.get("index_urls") or {},
        )
        return {name: spec.to_dict() for name, spec in specs.items()}
