# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run on the controller: one table for all hosts, a failure for each host that has one."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.plugin_utils import table

display = Display()


class ActionModule(ActionBase):
    """Shows the table once, on the first host of the play, and returns every host's own rows."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Collect, show, and fail where something failed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        hostvars = variables["hostvars"]
        host = variables["inventory_hostname"]
        # Hosts that failed or became unreachable earlier left ansible_play_hosts, but belong in the table.
        everyone = variables.get("ansible_play_batch", [host])
        reporting = variables.get("ansible_play_hosts", [host])
        rows = self._rows(host, hostvars[host])
        if reporting and host == reporting[0]:
            shown = [row for other in everyone for row in self._rows(other, hostvars[other])]
            display.display("\n" + table.render(shown) + "\n")
        reasons = table.failures(rows)
        result.update(changed=False, rows=rows)
        if reasons:
            result.update(failed=True, msg="\n".join(reasons))
        return result

    def _rows(self, host: str, variables: Any) -> list[dict[str, Any]]:
        """One host's rows; a host without any result was lost before it could plan."""
        arguments = self._task.args
        plan, done, failed = (
            variables.get(arguments.get(option, default)) or {}
            for option, default in (
                ("plan", "model_env_plan"),
                ("done", "model_env_done"),
                ("failed_task", "model_env_failed"),
            )
        )
        if not (plan or done or failed):
            detail = "no result: the host could not be reached, or an earlier task failed"
            return [
                {
                    **dict.fromkeys(table.COLUMNS, ""),
                    "host": host,
                    "done": "unreachable",
                    "seconds": None,
                    "detail": detail,
                }
            ]
        return table.host_rows(host, plan, done, failed)
