# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides on the controller how an upgrade of a fleet goes on: draws up the programme, and opens batches."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import ControllerAction
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import upgrade
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes, programme


class ActionModule(ControllerAction):
    """Runs once for a play or a batch; reads what was registered on every host of the fleet."""

    ARGUMENTS = {  # noqa: RUF012
        "step": {"type": "str", "choices": ["programme", "gate"], "required": True},
        "programme": {"type": "dict", "default": {}},
        "canaries": {"type": "raw", "default": 1},
        "batches": {"type": "raw", "default": ["10%", "25%", "50%"]},
        "budget": {"type": "raw", "default": "10%"},
        "at_once": {"type": "int", "default": 0},
    }

    def answered(self, given: dict[str, Any]) -> dict[str, Any]:
        drawn = given["programme"]
        fleet = {host: outcomes.read(self.registered(host)) for host in drawn.get("hosts") or self.hosts}
        if given["step"] == "gate":
            return programme.gate(fleet, drawn, [str(host) for host in self.variables["ansible_play_batch"]])
        drawn = programme.draw_up(fleet, given["canaries"], given["batches"], given["budget"])
        at_once = given["at_once"] or len(drawn["prepare"])
        screen.show("\n" + upgrade.programme(fleet, drawn, at_once) + "\n")
        return {"programme": {**drawn, "hosts": list(fleet)}, "failing": upgrade.failing(upgrade.rows(fleet, drawn))}
