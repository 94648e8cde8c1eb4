# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the results of all hosts together on the controller: one table, a file if one is wanted, and who fails."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils import files, results, screen
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import ControllerAction
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import (
    audit,
    page,
    preflight,
    provision,
    switch,
    upgrade,
    verify,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.reports.report import Report

Maker = Callable[[Mapping[str, results.Registered], Mapping[str, Any]], Report]

# In these each host fails for itself; they show their table once, on the first host.
BY_HOST: dict[str, Maker] = {
    "provision": provision.report,
    "verify": verify.report,
    "preflight": preflight.report,
}
# These compare hosts, run once, and return who should fail.
OF_FLEET: dict[str, Maker] = {"audit": audit.report, "switch": switch.report, "upgrade": upgrade.report}
# Where a report has one result of each host, the variable that it is in if nothing is said.
RESULTS = {
    "verify": "gpu_check_result",
    "preflight": "preflight_result",
    "audit": "audit_result",
    "switch": "rollback_result",
}


class ActionModule(ControllerAction):
    ARGUMENTS = {  # noqa: RUF012
        "report": {"type": "str", "choices": [*BY_HOST, *OF_FLEET], "default": "provision"},
        "plan": {"type": "str", "default": "model_env_plan"},
        "done": {"type": "str", "default": "model_env_done"},
        "failed_task": {"type": "str", "default": "model_env_failed"},
        "shared": {"type": "str", "default": "model_env_shared"},
        "result": {"type": "str"},
        "fail_on": {"type": "list", "elements": "str", "choices": list(audit.FINDINGS), "default": []},
        "programme": {"type": "dict", "default": {}},
        "json": {"type": "path"},
        "html": {"type": "path"},
    }

    def answered(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["html"] and given["report"] != "verify":
            raise ModelEnvError("only the report verify has an HTML page", todo="remove the option html")
        given["result"] = given["result"] or RESULTS.get(given["report"])
        given["time"] = time.strftime("%Y-%m-%d %H:%M %Z")
        if given["report"] in OF_FLEET:
            hosts = given["programme"].get("hosts") or self.hosts
            whole = OF_FLEET[given["report"]](self._registered(hosts), given)
            return {**whole.returned, "failing": whole.failing, "written": self._publish(whole, given)}
        return self._by_host(BY_HOST[given["report"]], given)

    def _by_host(self, make: Maker, given: Mapping[str, Any]) -> dict[str, Any]:
        own = make(self._registered([self.host]), given)
        answer: dict[str, Any] = dict(own.returned)
        everyone = self._everyone()
        if self.host == self._first(everyone, given):
            answer["written"] = self._publish(make(self._registered(everyone), given), given)
        if own.failing:
            answer.update(failed=True, msg="\n".join(own.failing[self.host]))
        return answer

    def _everyone(self) -> list[str]:
        """The hosts of the batch, and those that the play has lost, unlike those of a later batch."""
        batch = self.variables.get("ansible_play_batch", [self.host])
        active = self.variables.get("ansible_play_hosts", [self.host])
        return [host for host in self.hosts if host in batch or host not in active]

    def _first(self, everyone: list[str], given: Mapping[str, Any]) -> str:
        """The host that shows the table: where all have failed, the first that can still be talked to."""
        batch: list[str] = self.variables.get("ansible_play_batch", [self.host])
        names = [given[name] for name in ("plan", "done", "result") if given[name]]
        return (batch or [host for host in everyone if not self._lost(host, names)] or everyone)[0]

    def _lost(self, host: str, names: list[str]) -> bool:
        values = map(self.registered(host), names)
        return any(isinstance(value, Mapping) and value.get("unreachable") for value in values)

    def _registered(self, hosts: list[str]) -> dict[str, results.Registered]:
        return {host: self.registered(host) for host in hosts}

    @staticmethod
    def _publish(report: Report, given: Mapping[str, Any]) -> list[str]:
        """Show the table and write the files; the paths that were written."""
        screen.show(f"\n{report.text}\n")
        if given["json"]:
            files.write_json(given["json"], report.data)
        if given["html"]:
            files.write(given["html"], page.render(report.data))
        return [given[kind] for kind in ("json", "html") if given[kind]]
