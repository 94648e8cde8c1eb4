# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks first; only when something is to be done, runs in the background of the node and shows how far it is."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import BackgroundAction


class ActionModule(BackgroundAction):
    MODULE = "portable.model_env.hf_snapshot"
    SECRETS = ("token",)

    def for_look(self, arguments: dict[str, Any]) -> dict[str, Any]:
        # The token is for the Hub alone, which a look does not ask.
        return {name: value for name, value in arguments.items() if name != "token"}
