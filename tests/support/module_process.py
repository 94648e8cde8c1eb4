# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module of the collection as a process of its own, as Ansible starts it, without Ansible's controller."""

from __future__ import annotations

import sys
from pathlib import Path

_COLLECTIONS = Path(__file__).resolve().parents[2] / ".collections"
_DRIVER = """
import sys
sys.path.insert(0, {collections!r})
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
from ansible_collections.portable.model_env.plugins.modules import {module}
{module}.main()
"""


def command(module: str) -> list[str]:
    """The command that runs a module; its arguments go to standard input as ``{"ANSIBLE_MODULE_ARGS": ...}``.

    :param module: its short name.
    """
    return [sys.executable, "-I", "-c", _DRIVER.format(collections=str(_COLLECTIONS), module=module)]
