# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares on the controller what the hosts of a play want of roots that they share, after each of them has planned."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.releases.difference import changes
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import identity
from ansible_collections.portable.model_env.plugins.plugin_utils import answers, results, sharing
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import ControllerAction
from ansible_collections.portable.model_env.plugins.plugin_utils.sharing import Conflict
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs


class ActionModule(ControllerAction):
    """Runs once for a batch; fails nowhere, and says which hosts must not go on."""

    ARGUMENTS = {  # noqa: RUF012
        "plan": {"type": "str", "default": "model_env_plan"},
        "shared": {"type": "str", "default": "model_env_shared"},
    }

    def answered(self, given: dict[str, Any]) -> dict[str, Any]:
        before: list[tuple[str, answers.PlanAnswer]] = []
        now: list[tuple[str, answers.PlanAnswer]] = []
        for host in self.hosts:
            registered = self.registered(host)
            plan = results.read(answers.PlanAnswer, registered(given["plan"])).answer
            if plan is not None:
                # Hosts of an earlier batch have gone on, and may have built already.
                (before if results.let_through(registered, given["shared"]) else now).append((host, plan))
        found = sharing.conflicts([*before, *now])
        return {"refused": {host: "\n".join(map(self._in_words, conflicts)) for host, conflicts in found.items()}}

    def _in_words(self, conflict: Conflict) -> str:
        root = str(self.registered(conflict.host)("model_env_root") or "their root")
        differs = self._difference(conflict)
        return ModelEnvError(
            f"two hosts want different specs of one name in one root: {conflict.other} and {conflict.host} want "
            f"different {conflict.name} in {root}",
            why=f"the root has one active release of a name, so whoever runs last would decide for both ({differs})",
            todo="give both the same spec, or one of them another name or another model_env_root; if they share no "
            f"folder, run once for {conflict.host} alone, and their roots are told apart from then on",
            kind="invalid",
        ).message

    def _difference(self, conflict: Conflict) -> str:
        sides = [self._spec(host, conflict.name) for host in (conflict.other, conflict.host)]
        if None in sides:
            absent = (conflict.other, conflict.host)[sides.index(None)]
            return f"{absent} lists it as absent"
        told = "; ".join(changes(sides[0] or {}, sides[1] or {})) or "their normal forms differ"
        return f"of {conflict.other} -> of {conflict.host}: {told}"

    def _spec(self, host: str, name: str) -> Mapping[str, Any] | None:
        """What counts of a spec; None where the host has none of that name."""
        registered = self.registered(host)
        specs = registered("model_env_specs") or {}
        if name not in specs:
            return None
        urls, url = registered("cuda_torch_index_urls") or {}, registered("cuda_torch_index_url") or ""
        return identity(load_specs({name: specs[name]}, None, urls, url)[name])
