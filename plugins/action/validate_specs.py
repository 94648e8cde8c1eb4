# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs of all hosts of the play on the controller, without a connection to any of them."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError, OwnLines
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import ControllerAction
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.fleet import Fleet
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.load import plain
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offence

# In the order of Fleet.add.
VARIABLES = ("model_env_specs", "model_env_selected", "cuda_torch_index_url", "cuda_torch_index_urls")


class ActionModule(ControllerAction):
    """Looks at every host's variables; one message for everything that is wrong with any of them."""

    def answered(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        fleet = Fleet(len(self.hosts))
        for host in self.hosts:
            self._add(fleet, host)
        offences = fleet.as_data()
        if not offences:
            return {"offences": [], "environments": fleet.environments}
        error = ModelEnvError(
            OwnLines(fleet.summary()),
            why="the specs are checked before the first connection, so nothing was changed on any host",
            todo="correct the inventory and run again",
            kind="invalid",
        )
        return {"offences": offences, "failed": True, "msg": error.message}

    def _add(self, fleet: Fleet, host: str) -> None:
        values = {}
        for name in VARIABLES:
            try:
                values[name] = plain(self.variables["hostvars"][host].get(name))
            except AnsibleError as undefined:
                problem = f"it cannot be evaluated: {str(undefined).strip().rstrip('.')}"
                fleet.offend(host, Offence("", name, problem, f"correct the template in {name}"))
        if len(values) == len(VARIABLES):
            fleet.add(host, *(values[name] for name in VARIABLES))
