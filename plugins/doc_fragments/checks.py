# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How strictly modules check environments."""

from __future__ import annotations


class ModuleDocFragment:
    """One variant for each group of options in module_utils/arguments.py."""

    # The argument GPU.
    DOCUMENTATION = r"""
options:
  gpu:
    description:
      - What a missing GPU means.
      - V(auto) skips the GPU checks with the reason where the node has no GPU, and fails them where it has one that
        torch does not see.
      - V(required) fails them where the node has none, too.
      - V(off) does not run them.
    type: str
    choices: [auto, required, "off"]
    default: auto
"""

    # The arguments API_KEYS.
    API_KEYS = r"""
options:
  api_keys:
    description:
      - What a missing API key means. V(auto) skips its check with the reason, V(required) fails it, V(off) does not
        look.
      - Only whether a key is set is looked at; no value is used, shown or returned.
    type: str
    choices: [auto, required, "off"]
    default: auto
  api_keys_file:
    description:
      - A file on the node with lines C(NAME=value). A key that is set there counts beside those of the task's
        environment.
    type: path
"""

    # The argument CHECK_TIMEOUT, where the word timeout means something else.
    TIMEOUT = r"""
options:
  check_timeout:
    description: Seconds that one check may take.
    type: float
    default: 300
"""
