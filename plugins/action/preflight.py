# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, has the node look at itself, and compares the clocks."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.preflight import verdicts as preflight
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs


class ActionModule(ActionBase):
    """Replaces ``specs`` by the normal forms of the selected ones, and adds what only the controller can measure."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with validated arguments; fail where a verdict is a fail."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        try:
            specs = load_specs(
                arguments.get("specs") or {},
                arguments.get("selected"),
                index_url=arguments.get("index_url") or "",
                index_urls=arguments.get("index_urls") or {},
            )
            arguments["specs"] = {name: spec.to_dict() for name, spec in specs.items()}
        except ModelEnvError as error:
            return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        before = time.time()
        looked = self._execute_module("portable.model_env.preflight", module_args=arguments, task_vars=task_vars)
        after = time.time()
        result.update(looked)
        if "verdicts" in result:
            ahead = preflight.ahead_of(result["time"], before, after)
            found = [*result["verdicts"], preflight.clock("controller", ahead)]
            go = verdicts.overall(found) == verdicts.PASS
            result.update(verdicts=found, summary=verdicts.summary(found), go=go)
            if not go:
                result.update(failed=True, msg="not ready: " + "; ".join(verdicts.explain(found)))
        return result
