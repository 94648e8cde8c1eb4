# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks first; only when something is to be done, runs in the background of the node and shows how far it is."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.plugin_utils.background import Follower

_MODULE = "portable.model_env.hf_snapshot"


class ActionModule(ActionBase):
    """The module ``hf_snapshot`` with progress; nothing-to-do costs one remote execution."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        # The token is for the Hub alone. It is not needed to look at what is there.
        secrets = {"token": arguments.pop("token")} if arguments.get("token") is not None else None
        looked = self._execute_module(_MODULE, module_args={**arguments, "only_look": True}, task_vars=variables)
        if not arguments.get("only_look") and looked.pop("more", False) and not looked.get("failed"):
            interval = float(arguments.get("progress_interval", 5))
            looked = Follower(self, variables, interval).run(_MODULE, arguments, secrets)
        result.update(looked)
        return result
