# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of the modules that install, as a part of an ``argument_spec``; plugins/doc_fragments documents them."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.installers import registry

INSTALLING: dict[str, dict[str, Any]] = {
    "installer": {"type": "str", "choices": [registry.AUTO, *registry.NAMES], "default": registry.AUTO},
    "store": {"type": "bool", "default": True},
    "tools_lock": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 0},
    "retries": {"type": "int", "default": 3},
    "retry_delay": {"type": "float", "default": 2},
}
