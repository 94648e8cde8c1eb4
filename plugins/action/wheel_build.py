# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks first; only when a wheel has to be compiled, runs in the background of the node and shows how far it is."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.background import Follower
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import WheelCache

_MODULE = "portable.model_env.wheel_build"
_SECRETS = ("index_url", "extra_index_urls", "find_links")
_INTERVAL = 30.0  # as the module's default of progress_interval


class ActionModule(ActionBase):
    """The module ``wheel_build`` with progress; a wheel that is there costs one remote execution.

    With ``wheel_cache``, the wheel is fetched into that folder of the controller, too.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        cache = arguments.pop("wheel_cache", None)
        looked = self._execute_module(_MODULE, module_args={**arguments, "only_look": True}, task_vars=variables)
        if looked.pop("more", False) and not looked.get("failed"):
            interval = float(arguments.get("progress_interval", _INTERVAL))
            # Ansible writes the arguments of a background module into a file; addresses of indexes may hold passwords.
            secrets = {name: arguments.pop(name) for name in _SECRETS if arguments.get(name)}
            looked = Follower(self, variables, interval).run(_MODULE, arguments, secrets or None)
        result.update(looked)
        if cache is not None and result.get("path") and not arguments.get("wheelhouse"):
            # Other hosts cannot read this one's own wheelhouse; the controller hands the wheel on to them.
            try:
                WheelCache(str(cache)).bring(self, result)
            except ModelEnvError as error:
                result.update(failed=True, msg=error.message, error=error.as_dict())
        return result
