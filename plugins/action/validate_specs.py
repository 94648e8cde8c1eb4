# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs of all hosts of the play on the controller, without a connection to any of them."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.fleet import Fleet
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.load import plain
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offence

# In the order of Fleet.add.
VARIABLES = ("model_env_specs", "model_env_selected", "cuda_torch_index_url", "cuda_torch_index_urls")


class ActionModule(ActionBase):
    """Looks at every host's variables; one message for everything that is wrong with any of them."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check and answer; nothing is changed in any case."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec={})
        variables = task_vars or {}
        hosts = [str(host) for host in variables.get("ansible_play_hosts_all", [variables.get("inventory_hostname")])]
        fleet = Fleet(len(hosts))
        for host in hosts:
            values = {}
            for name in VARIABLES:
                try:
                    values[name] = plain(variables["hostvars"][host].get(name))
                except AnsibleError as undefined:
                    problem = f"it cannot be evaluated: {str(undefined).strip().rstrip('.')}"
                    fleet.offend(host, Offence("", name, problem, f"correct the template in {name}"))
            if len(values) == len(VARIABLES):
                fleet.add(host, *(values[name] for name in VARIABLES))
        result.update(changed=False, offences=fleet.as_data())
        if not fleet.offences:
            return {**result, "environments": fleet.environments}
        error = ModelEnvError(
            fleet.summary(),
            why="the specs are checked before the first connection, so nothing was changed on any host",
            todo="correct the inventory and run again",
            kind="invalid",
        )
        return {**result, "failed": True, "msg": error.message}
