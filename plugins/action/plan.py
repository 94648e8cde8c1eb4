# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node compare itself with them."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.plugin_utils import screen
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import SpecAction
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.assign import in_words
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.believed import asked_by, believed
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.cache import WheelCache


class ActionModule(SpecAction):
    """Tells the module which wheels the controller has, and shows where the wheels of the host come from."""

    MODULE = "portable.model_env.plan"

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        arguments = super().prepared(arguments)
        self._specs = {name: Spec.from_dict(spec) for name, spec in arguments["specs"].items()}
        absent = arguments.get("absent") or []
        gone = [name.strip() for name in absent.split(",")] if isinstance(absent, str) else map(str, absent)
        self._wanted = {**dict.fromkeys(gone, ""), **{name: digest(spec) for name, spec in self._specs.items()}}
        if any(spec.torch_extensions for spec in self._specs.values()):
            arguments["offered"] = WheelCache(str(arguments.get("wheel_cache") or "")).offers()
        return arguments

    def believed(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        result = super().believed(answer)
        found = [] if result.get("failed") else result["wheels"]
        return {**result, "wheels": believed(found, asked_by(self._specs), self.host), "wanted": self._wanted}

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        if result["wheels"]:
            screen.show(in_words(self.host, result["wheels"]))
        return {}
