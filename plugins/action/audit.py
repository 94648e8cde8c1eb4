# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, then has the node say what it runs."""

from __future__ import annotations

from ansible_collections.portable.model_env.plugins.action.plan import ActionModule as PlanAction


class ActionModule(PlanAction):
    """As for the module ``plan``: replaces ``specs`` by the normal forms of the selected ones."""

    MODULE = "portable.model_env.audit"
    OFFERS = False
