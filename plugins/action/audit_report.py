# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the audits of all hosts together on the controller: a table, a JSON file, and who fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.plugin_utils.reports import audit

display = Display()


class ActionModule(ActionBase):
    """Runs once for the play, after the module ``audit`` ran on every host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Compare, show, write; never fails for what it finds: ``failing`` says who should."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(
            argument_spec={
                "result": {"type": "str", "default": "audit_result"},
                "fail_on": {"type": "list", "elements": "str", "choices": list(audit.FINDINGS), "default": []},
                "dest": {"type": "path"},
            }
        )
        variables = task_vars or {}
        hosts = {
            str(host): dict(variables["hostvars"][host].get(given["result"]) or {})
            for host in variables["ansible_play_hosts_all"]
        }
        found = audit.report(hosts, given["fail_on"])
        display.display("\n" + audit.render(found) + "\n")
        if given["dest"]:
            path = Path(given["dest"])
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            except OSError as error:
                return {**result, "failed": True, "msg": f"the audit cannot be written to {path}: {error}"}
        result.update(changed=False, summary=found["summary"], failing=found["failing"])
        return result
