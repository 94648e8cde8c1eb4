# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules have packages installed."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with INSTALLING in module_utils/installers/arguments.py."""

    # The arguments INSTALLING.
    DOCUMENTATION = r"""
options:
  installer:
    description: The installer. V(auto) is uv where the node's platform has it, else pip.
    type: str
    choices: [auto, pip, uv]
    default: auto
  store:
    description:
      - Keep uv's cache beside the releases, so that environments share the files of equal packages. Without it nothing
        is cached.
    type: bool
    default: true
  tools_lock:
    description: Requirement lines with hashes of pip, uv and packaging, that build the environments.
    type: str
    required: true
  timeout:
    description: Seconds for one network operation; the node's pip configuration decides if this is 0.
    type: int
    default: 0
  retries:
    description: How often an installation is repeated after a network fault. Nothing else is repeated.
    type: int
    default: 3
  retry_delay:
    description: Seconds before the first repetition, doubled for each further one.
    type: float
    default: 2
"""
