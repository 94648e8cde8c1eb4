# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights that the selected specs of a host want, as the module hf_snapshot takes them."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.weights import wanted

DOCUMENTATION = r"""
name: weights
short_description: The weights that specs want
version_added: 0.1.0
author: portable.model_env contributors (@portable)
description:
  - Collects the C(weights) of the selected specs as a list for M(portable.model_env.hf_snapshot). What several specs
    want alike comes once.
positional: _input
options:
  _input:
    description: The specs by name.
    type: dict
    required: true
  root:
    description: Folder below which a relative C(local_dir) lies.
    type: str
    required: true
  selected:
    description: Names of the specs, as a list or separated by commas; empty for all of them.
    type: raw
  move:
    description: Have tags and branches resolved again.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show which weights a host gets
  ansible.builtin.debug:
    msg: "{{ model_env_specs | portable.model_env.weights(root='/data/weights') }}"
"""

RETURN = r"""
_value:
  description: The repositories, with the keys of O(portable.model_env.hf_snapshot#module:snapshots).
  type: list
  elements: dict
"""


def weights(specs: Mapping[str, Any], root: str, selected: Any = None, move: bool = False) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    try:
        found = wanted(load_specs(specs, selected), root)
    except ModelEnvError as error:
        raise AnsibleFilterError(error.message) from error
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error
    return [{**entry, "move": bool(move) and entry["resolve"]} for entry in found]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"weights": weights}
