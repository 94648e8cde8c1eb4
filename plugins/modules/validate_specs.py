#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: validate_specs
short_description: Validate the model environments of all hosts of a play before the first connection
version_added: 0.1.0
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
author:
  - portable.model_env contributors (@portable)
description:
  - Checks the variables C(model_env_specs), C(model_env_selected), C(cuda_torch_index_url) and
    C(cuda_torch_index_urls) of every host of the play, and fails with one message that names everything that is wrong,
    each with the line that mends it. Offences that several hosts share are told once.
  - Every spec is checked, whether or not a host has selected it.
  - Runs on the controller and connects to no host. Meant as the only task of the first play, with C(run_once=true).
  - The format of a spec and what is refused are described in C(docs/specs.md) of the collection.
options: {}
attributes:
  action_group:
    description: Use C(group/portable.model_env.all) in C(module_defaults).
    support: full
    membership:
      - portable.model_env.all
"""

EXAMPLES = r"""
- name: Validate the specs before the first connection
  hosts: gpu_nodes
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: Validate the specs of all hosts
      portable.model_env.validate_specs:
      run_once: true
"""

RETURN = r"""
environments:
  description: Names of the environments that each host gets.
  returned: success
  type: dict
  sample:
    gpu1: [svd, ltx-video]
offences:
  description: What is wrong; empty if nothing is.
  returned: always
  type: list
  elements: dict
  contains:
    spec:
      description: Name of the spec; empty where the variables around the specs are concerned.
      type: str
    path:
      description: Where in the spec.
      type: str
      sample: packages[0]
    problem:
      description: What is wrong.
      type: str
    fix:
      description: The line that mends it.
      type: str
      sample: 'packages: ["diffusers==<version>"]'
    hosts:
      description: The hosts that have it, in words.
      type: str
      sample: all 12 hosts
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.fail_json(
        msg="validate_specs is an action plugin: it runs on the controller, and only under its full name"
        " portable.model_env.validate_specs"
    )


if __name__ == "__main__":
    main()
