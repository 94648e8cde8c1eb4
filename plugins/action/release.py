# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates a spec on the controller, then has the node build, prove and activate it, showing how far it is."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import BackgroundAction, SpecAction


class ActionModule(SpecAction, BackgroundAction):
    """With a ``progress_interval`` of 0, the build is a single remote execution in the foreground."""

    MODULE = "portable.model_env.release"
    SECRETS = ("base_index_url",)

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name, spec = arguments.get("name"), arguments.get("spec")
        if name and spec is not None and arguments.get("state", "active") in ("active", "prepared"):
            arguments["spec"] = self.normal(arguments, {name: spec})[name]
            if name in self.locks:
                arguments["locked"] = self.locks[name].to_dict()
        return arguments

    def executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self.execute(arguments) if self.interval(arguments) <= 0 else super().executed(arguments)
