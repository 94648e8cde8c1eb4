# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates a spec on the controller, then has the node build, prove and activate it, showing how far it is."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.background import Follower
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs

_MODULE = "portable.model_env.release"


class ActionModule(ActionBase):
    """Replaces ``spec`` by its normal form; a bad spec fails before the node is connected to."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with a validated spec."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        name, spec = arguments.get("name"), arguments.get("spec")
        if name and spec is not None and arguments.get("state", "active") in ("active", "prepared"):
            try:
                arguments["spec"] = load_specs(
                    {name: spec},
                    index_url=arguments.get("index_url") or "",
                    index_urls=arguments.get("index_urls") or {},
                )[name].to_dict()
            except ModelEnvError as error:
                return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        result.update(self._run(arguments, task_vars or {}))
        return result

    def _run(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """At once what is quick; in the background of the node what has to be built."""
        interval = float(arguments.get("progress_interval", 5))
        if interval <= 0:
            done: dict[str, Any] = self._execute_module(_MODULE, module_args=arguments, task_vars=variables)
            return done
        looked: dict[str, Any] = self._execute_module(
            _MODULE, module_args={**arguments, "only_look": True}, task_vars=variables
        )
        if not looked.pop("more", False):
            return looked
        # Ansible writes the arguments of a background module into a file; the address of an index may hold a password.
        secrets = {name: arguments.pop(name) for name in ("base_index_url",) if arguments.get(name)}
        return Follower(self, variables, interval).run(_MODULE, arguments, secrets or None)
