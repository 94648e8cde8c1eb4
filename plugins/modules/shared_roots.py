#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action ``shared_roots``; the work is done on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: shared_roots
short_description: Find hosts that share a root and want different specs of one name
version_added: 0.1.0
description:
  - Runs on the controller only, once for a play or a batch. Reads what M(portable.model_env.plan) registered on the
    hosts of the play.
  - Where two hosts have one and the same folder as their root, and want different specs of one name there (or one
    wants it and the other lists it as absent), the host that is later in the inventory is refused; a host of an earlier
    batch counts as the earlier one. It fails nowhere; RV(refused) says which hosts must not go on.
  - Two hosts whose roots have the same path on different filesystems share none.
  - Needs the strategy C(linear), which is Ansible's default.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  plan:
    description: Name of the variable that holds the result of M(portable.model_env.plan) on each host.
    type: str
    default: model_env_plan
  shared:
    description: >-
      Name of the variable that the result of this module is registered in; hosts that have it were compared in an
      earlier batch.
    type: str
    default: model_env_shared
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.report
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Compare what hosts want of roots that they share
  portable.model_env.shared_roots:
  run_once: true
  register: model_env_shared

- name: Stop where another host wants something else
  ansible.builtin.fail:
    msg: "{{ model_env_shared.refused[inventory_hostname] }}"
  when: inventory_hostname in model_env_shared.refused
"""

RETURN = r"""
refused:
  description: Why a host must not go on, by host; who the other host is, the name, the root and what differs.
  returned: success
  type: dict
  sample: {}
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Entry point, reached only where the action plugin was bypassed."""
    module = AnsibleModule(
        argument_spec={
            "plan": {"type": "str", "default": "model_env_plan"},
            "shared": {"type": "str", "default": "model_env_shared"},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="portable.model_env.shared_roots runs on the controller, as an action plugin.")


if __name__ == "__main__":
    main()
