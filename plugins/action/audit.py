# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node say what it runs."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.plugin_utils.actions import SpecAction


class ActionModule(SpecAction):
    MODULE = "portable.model_env.audit"
