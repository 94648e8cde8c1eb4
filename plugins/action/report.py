# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run on the controller: one table for all hosts, a failure for each host that has one."""

from __future__ import annotations

import json
import time
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import page
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import preflight as preflight_table
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import provision as table

# Option, and the variable that it names where nothing is said.
_RESULTS = (
    ("plan", "model_env_plan"),
    ("done", "model_env_done"),
    ("failed_task", "model_env_failed"),
    ("verified", "gpu_check_result"),
    ("preflight", ""),
)

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
        reporting = variables.get("ansible_play_batch", [host])
        active = variables.get("ansible_play_hosts", [host])
        # Hosts that failed or became unreachable are not active any more, but belong in the table, unlike those of a
        # later batch.
        everyone = [h for h in variables.get("ansible_play_hosts_all", [host]) if h in reporting or h not in active]
        # Where every host has failed, those that can still be talked to run this all the same.
        first = host == (reporting or [h for h in everyone if not self._unreachable(hostvars[h])] or everyone)[0]
        if self._task.args.get("preflight"):
            return {**result, **self._preflight(host, everyone, hostvars, show=first)}
        rows = self._rows(host, hostvars[host])
        if first:
            shown = [row for other in everyone for row in self._rows(other, hostvars[other])]
            display.display("\n" + table.render(shown) + "\n")
            try:
                result["written"] = self._write(everyone, hostvars)
            except ModelEnvError as error:
                raise AnsibleActionFail(error.message) from error
        reasons = table.failures(rows)
        result.update(changed=False, rows=rows)
        if reasons:
            result.update(failed=True, msg="\n".join(reasons))
        return result

    def _preflight(self, host: str, everyone: list[str], hostvars: Any, show: bool) -> dict[str, Any]:
        """The table of a preflight instead, and this host's part of it."""
        found = {other: hostvars[other].get(self._task.args["preflight"]) or {} for other in everyone}
        if show:
            display.display("\n" + preflight_table.render(found) + "\n")
        reasons = preflight_table.failures(found[host])
        failure = {"failed": True, "msg": "not ready: " + ", ".join(reasons)} if reasons else {}
        return {"changed": False, "go": not reasons, **failure}

    def _write(self, everyone: list[str], hostvars: Any) -> list[str]:
        """Write the verdicts of all hosts on the controller, as data and as a page; the paths that were written."""
        paths = {kind: self._task.args.get(kind) for kind in ("json", "html")}
        if not any(paths.values()):
            return []
        verified = self._task.args.get("verified", "gpu_check_result")
        found = {other: hostvars[other].get(verified) or {} for other in everyone}
        report = page.collect(found, time.strftime("%Y-%m-%d %H:%M %Z"))
        texts = {"json": json.dumps(report, indent=1, sort_keys=True) + "\n", "html": page.render(report)}
        for kind, path in paths.items():
            if path:
                with filesystem.explained("the report cannot be written", path):
                    filesystem.write_text(path, texts[kind])
        return [path for path in paths.values() if path]

    def _unreachable(self, variables: Any) -> bool:
        """Whether the host was lost, so that it runs no further task."""
        names = (self._task.args.get(option, default) for option, default in _RESULTS)
        return any((variables.get(name) or {}).get("unreachable") for name in names if name)

    def _rows(self, host: str, variables: Any) -> list[dict[str, Any]]:
        """One host's rows; a host without any result was lost before it could plan."""
        arguments = self._task.args
        plan, done, failed, verified = (
            variables.get(arguments.get(option, default)) or {} for option, default in _RESULTS[:4]
        )
        lost = next((str(r.get("msg", "")) for r in (plan, done, verified) if r.get("unreachable")), None)
        if lost is not None or not (plan or done or failed or verified):
            return [table.lost_row(host, lost or "no result: an earlier task failed, or the host did not answer")]
        return table.host_rows(host, plan, done, failed) + table.verified_rows(host, verified)
