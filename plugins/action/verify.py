# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node prove its environments against them."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import SpecAction


class ActionModule(SpecAction):
    """The module gets the specs of the environments that ``names`` names."""

    MODULE = "portable.model_env.verify"

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        names, specs = arguments.get("names"), arguments.get("specs")
        if isinstance(names, str):
            names = arguments["names"] = [name.strip() for name in names.split(",") if name.strip()]
        if specs:
            # A name without a spec is an environment that is held to its receipt.
            named = list(specs) if names is None else [name for name in names if name in specs]
            arguments["specs"] = self.normal(arguments, specs, named) if named else {}
        return arguments
