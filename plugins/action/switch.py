# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the node switch releases, and looks at its answer before anybody acts on it."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import NodeAction


class ActionModule(NodeAction):
    MODULE = "portable.model_env.switch"
