# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says where each wheel comes from, hands over those of the controller's cache, and has the node take the rest."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import NodeAction
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_extensions
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels import assign
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.believed import asked_for, believed
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import (
    WheelCache,
    make_folder,
    remove_folder,
)

# Options of the action alone.
_OWN = ("builds", "required")


class ActionModule(NodeAction):
    """One remote execution; none where a plan before said that all is there, or in check mode, where it has looked."""

    MODULE = "portable.model_env.wheels"
    TRANSFERS_FILES = True

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        wanted = assign.corrected(arguments.get("wanted") or [], self._built())
        arguments = {**arguments, "wanted": wanted}
        self._asked: Sequence[Mapping[str, Any]] = wanted
        if arguments.get("virtualenv"):
            extensions = load_extensions(arguments.get("extensions"))
            self._asked = asked_for(str(arguments["virtualenv"]), extensions)
            arguments["extensions"] = [extension.to_dict() for extension in extensions]
        return {name: value for name, value in arguments.items() if name not in _OWN}

    def executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        wanted = arguments["wanted"]
        settled = all(one["outcome"] == choice.READY for one in wanted)
        if wanted and (settled or self._task.check_mode):
            return {"changed": _comes(wanted), "wheels": wanted}
        return self._take(arguments, wanted)

    def believed(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        result = super().believed(answer)
        found = [] if result.get("failed") else result["wheels"]
        return {**result, "wheels": believed(found, self._asked, self.host)}

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        if result.get("failed"):
            return {}
        given = self._task.args
        final = bool(given.get("builds")) and not self._task.check_mode
        found = assign.explained(result["wheels"], self._built(), final)
        # What a plan has shown is not shown again before it has changed.
        if found and (final or not given.get("wanted")):
            screen.show(assign.in_words(self.host, found))
        lacking = [one["error"] for one in found if one["error"]]
        if lacking and boolean(given.get("required", False)) and not self._task.check_mode:
            return {"wheels": found, "failed": True, "msg": "\n".join(lacking)}
        return {"wheels": found}

    def _take(self, arguments: dict[str, Any], wanted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Copy over what only the controller has, and run the module."""
        cache = WheelCache(str(arguments.get("wheel_cache") or ""))
        lacking = [one for one in wanted if one["key"] and one["outcome"] != choice.READY and not _nearer(one["looks"])]
        offers = {offer["sha256"]: offer for offer in cache.offers()}
        folder = ""
        try:
            if offers and lacking and not self._task.check_mode:
                folder = make_folder(self)
                handed = [offer for offer in (cache.hand(self, one["key"], folder) for one in lacking) if offer]
                offers.update({offer["sha256"]: offer for offer in handed})
            return self.execute({**arguments, "offered": list(offers.values())})
        finally:
            if folder:
                remove_folder(self, folder)

    def _built(self) -> list[Mapping[str, Any]]:
        """The results of the builds of all hosts of the batch; ``builds`` names the variable that they are in."""
        name = str(self._task.args.get("builds") or "")
        if not name:
            return []
        hosts = self.variables.get("ansible_play_batch") or [self.host]
        registered = (self.variables["hostvars"][host].get(name) or {} for host in hosts)
        return [one for builds in registered for one in builds.get("results") or []]


def _comes(wheels: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["outcome"] in (choice.FETCH, choice.COMPILE) for one in wheels)


def _nearer(looks: Sequence[Mapping[str, str]]) -> bool:
    """Whether the node can reach a wheelhouse that has it."""
    near = (choice.NODE, choice.FLEET)
    return any(one["source"] in near and one["result"] == choice.HIT for one in looks)
