# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows on the controller what a switch of releases did on all hosts."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.plugin_utils.reports import rollback as switches

display = Display()


class ActionModule(ActionBase):
    """Runs once for the play, after the module ``switch`` ran on every host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Show; never fails for what it finds: ``failing`` says who should."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(
            argument_spec={"result": {"type": "str", "default": "rollback_result"}}
        )
        variables = task_vars or {}
        found = [
            row
            for host in variables["ansible_play_hosts_all"]
            for row in switches.rows(str(host), variables["hostvars"][host].get(given["result"]) or {})
        ]
        display.display("\n" + switches.render(found) + "\n")
        result.update(changed=False, rows=found, failing=switches.failing(found))
        return result
