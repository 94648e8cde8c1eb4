# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides on the controller how an upgrade of a fleet goes on: draws up the programme, opens batches, says the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import upgrade as upgrade_text
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes, programme
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records

display = Display()

# Field of Records: the variable that the role registers or sets on each host.
VARIABLES = {
    "plan": "model_env_plan",
    "weights": "hf_weights_result",
    "preflight": "preflight_result",
    "failure": "upgrade_failure",
    "prepared": "model_env_done",
    "hook": "upgrade_hook_failure",
    "switched": "upgrade_switched",
    "confirmed": "upgrade_confirmed",
    "resume": "upgrade_resume_failure",
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "step": {"type": "str", "choices": ["programme", "gate", "end"], "required": True},
    "programme": {"type": "dict", "default": {}},
    "canaries": {"type": "raw", "default": 1},
    "batches": {"type": "raw", "default": ["10%", "25%", "50%"]},
    "budget": {"type": "raw", "default": "10%"},
    "at_once": {"type": "int", "default": 0},
    "dest": {"type": "path"},
}


class ActionModule(ActionBase):
    """Runs once for a play or a batch; reads what was registered on every host of the fleet."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Take one of the steps."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(argument_spec=ARGUMENTS)
        variables = task_vars or {}
        drawn = given["programme"]
        hosts = drawn.get("hosts") or [str(host) for host in variables["ansible_play_hosts_all"]]
        fleet = {host: _records(variables["hostvars"][host]) for host in hosts}
        try:
            if given["step"] == "programme":
                found = self._programme(given, fleet)
            elif given["step"] == "gate":
                found = programme.gate(fleet, drawn, [str(host) for host in variables["ansible_play_batch"]])
            else:
                found = self._end(given, fleet)
        except ModelEnvError as error:
            return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        return {**result, "changed": False, **found}

    def _programme(self, given: Mapping[str, Any], fleet: Mapping[str, Records]) -> dict[str, Any]:
        drawn = programme.draw_up(fleet, given["canaries"], given["batches"], given["budget"])
        at_once = given["at_once"] or len(drawn["prepare"])
        display.display("\n" + upgrade_text.programme(fleet, drawn, at_once) + "\n")
        return {
            "programme": {**drawn, "hosts": list(fleet)},
            "failing": _failing(upgrade_text.rows(fleet, drawn)),
        }

    def _end(self, given: Mapping[str, Any], fleet: Mapping[str, Records]) -> dict[str, Any]:
        drawn = given["programme"]
        rows = upgrade_text.rows(fleet, drawn)
        stop = ""
        if any(row["done"] == outcomes.WAITING for row in rows):
            stop = drawn["stop"] or programme.gate(fleet, drawn, [])["stop"]
        display.display("\n" + upgrade_text.ending(rows, drawn, stop) + "\n")
        found = {"rows": rows, "stop": stop, "failing": _failing(rows)}
        if given["dest"]:
            path = Path(given["dest"])
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps({"programme": drawn, **found}, indent=1) + "\n", encoding="utf-8")
            except OSError as error:
                raise ModelEnvError("the report cannot be written", where=str(path), why=str(error)) from error
        return found


def _failing(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["host"]: f"{row['done']}: {row['why']}" for row in rows if row["done"] in outcomes.FAILURES}


def _records(variables: Mapping[str, Any]) -> Records:
    return Records(**{field: variables.get(name) or {} for field, name in VARIABLES.items()})
