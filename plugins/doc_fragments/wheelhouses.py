# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where modules look for wheels of torch extensions."""

from __future__ import annotations


class ModuleDocFragment:
    """One variant for each group of options in module_utils/arguments.py."""

    # The arguments WHEELHOUSES.
    DOCUMENTATION = r"""
options:
  wheelhouse:
    description: >-
      Folder that nodes share, or URL of a page, with wheels of torch extensions; asked after the node's own wheelhouse.
    type: str
    default: ""
  archs:
    description: GPU architectures that torch extensions are wanted for; those of the node's GPUs if empty.
    type: list
    elements: str
    default: []
"""

    # The arguments WHEEL_CACHE.
    CACHE = r"""
options:
  wheel_cache:
    description: Folder on the controller that keeps wheels; V(~/.cache/portable.model_env/wheelhouse) if empty.
    type: str
    default: ""
  offered:
    description: Set by the action plugin from O(wheel_cache).
    type: list
    elements: dict
    default: []
"""
