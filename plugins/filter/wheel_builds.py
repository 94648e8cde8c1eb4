# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The missing wheels that one host has compiled, of those that all hosts of the batch need."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.assign import assignments

DOCUMENTATION = r"""
name: wheel_builds
short_description: The missing wheels that a host has compiled
version_added: 0.1.0
author: portable.model_env contributors (@portable)
description:
  - Assigns every key without a wheel to the first host that needs it, so that each wheel is compiled once.
positional: _input
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts that act together, usually C(ansible_play_batch).
    type: list
    elements: str
    required: true
  host:
    description: The host whose share is wanted.
    type: str
    required: true
  variable:
    description: Name of the variable in which each host has what M(portable.model_env.wheels) answered.
    type: str
    required: true
  build_host:
    description: The host that compiles everything; each share is compiled by its own host if empty.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show what this host will compile
  ansible.builtin.debug:
    msg: "{{ hostvars | portable.model_env.wheel_builds(ansible_play_batch, inventory_hostname, 'found') }}"
"""

RETURN = r"""
_value:
  description: >-
    Entries of RV(portable.model_env.wheels#module:wheels) with the joint C(key), C(hosts) (who needs it) and
    C(build_host).
  type: list
  elements: dict
"""


def wheel_builds(
    hostvars: Mapping[str, Any], hosts: Sequence[str], host: str, variable: str, build_host: str = ""
) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    found = {name: (hostvars[name].get(variable) or {}).get("wheels") or [] for name in hosts}
    return assignments(found, build_host).get(host, [])


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"wheel_builds": wheel_builds}
