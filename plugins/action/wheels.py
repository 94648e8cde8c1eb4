# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says where each wheel comes from, hands over those of the controller's cache, and has the node take the rest."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice as wheel_choice
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_extensions
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels import assign as wheel_fleet
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import (
    WheelCache,
    make_folder,
    remove_folder,
)

_MODULE = "portable.model_env.wheels"

display = Display()


class ActionModule(ActionBase):
    """One remote execution; none where a plan before said that all is there, or in check mode, where it has looked."""

    TRANSFERS_FILES = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with what the controller can add."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        builds = str(arguments.pop("builds", "") or "")
        required = boolean(arguments.pop("required", False))
        built = _built(variables, builds) if builds else []
        wanted = arguments["wanted"] = wheel_fleet.corrected(arguments.get("wanted") or [], built)
        try:
            if arguments.get("virtualenv"):
                extensions = load_extensions(arguments.get("extensions"))
                arguments["extensions"] = [extension.to_dict() for extension in extensions]
            settled = all(one["outcome"] == wheel_choice.READY for one in wanted)
            if wanted and (settled or self._task.check_mode):
                answer: dict[str, Any] = {"changed": _comes(wanted), "wheels": wanted}
            else:
                answer = self._take(arguments, wanted, variables)
        except ModelEnvError as error:
            return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        result.update(answer)
        if result.get("failed"):
            return result
        final = bool(builds) and not self._task.check_mode
        found = wheel_fleet.explained(result.get("wheels") or [], built, final)
        # What a plan has shown is not shown again before it has changed.
        if found and (final or not wanted):
            display.display(wheel_fleet.in_words(str(variables["inventory_hostname"]), found))
        lacking = [one["error"] for one in found if one["error"]]
        if required and lacking and not self._task.check_mode:
            result.update(failed=True, msg="\n".join(lacking))
        return {**result, "wheels": found}

    def _take(
        self, arguments: dict[str, Any], wanted: Sequence[Mapping[str, Any]], variables: dict[str, Any]
    ) -> dict[str, Any]:
        """Copy over what only the controller has, and run the module."""
        cache = WheelCache(str(arguments.get("wheel_cache") or ""))
        lacking = [one for one in wanted if one["key"] and one["outcome"] != wheel_choice.READY]
        lacking = [one for one in lacking if not _nearer(one["steps"])]
        offers = {offer["sha256"]: offer for offer in cache.offers()}
        folder = ""
        try:
            if offers and lacking and not self._task.check_mode:
                folder = make_folder(self)
                handed = [offer for offer in (cache.hand(self, one["key"], folder) for one in lacking) if offer]
                offers.update({offer["sha256"]: offer for offer in handed})
            arguments["offered"] = list(offers.values())
            answer: dict[str, Any] = self._execute_module(_MODULE, module_args=arguments, task_vars=variables)
            return answer
        finally:
            if folder:
                remove_folder(self, folder)


def _built(variables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The results of the builds of all hosts of the batch.

    :param name: of the variable in which each host registered its own.
    """
    hosts = variables.get("ansible_play_batch") or [variables["inventory_hostname"]]
    registered = (variables["hostvars"][host].get(name) or {} for host in hosts)
    return [one for builds in registered for one in builds.get("results") or []]


def _comes(wheels: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["outcome"] in (wheel_choice.FETCH, wheel_choice.COMPILE) for one in wheels)


def _nearer(steps: Sequence[Mapping[str, str]]) -> bool:
    """Whether the node can reach a wheelhouse that has it."""
    near = (wheel_choice.NODE, wheel_choice.FLEET)
    return any(one["source"] in near and one["verdict"] == wheel_choice.HIT for one in steps)
