#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action ``upgrade``; the work is done on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: upgrade
short_description: Decide how an upgrade of a fleet goes on
version_added: 0.1.0
description:
  - Runs on the controller only, once for a play or a batch. Reads what M(portable.model_env.plan),
    M(portable.model_env.hf_snapshot), M(portable.model_env.preflight), M(portable.model_env.release) and
    M(portable.model_env.switch) registered on all hosts.
  - The playbook C(upgrade.yml) and the role C(upgrade) use it; the page C(docs/upgrades.md) explains them.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  step:
    description:
      - V(programme) draws up who is switched in which batch, and prints it.
      - V(gate) says whether a batch may start, by the canaries and the budget of the whole fleet.
      - The end is told by M(portable.model_env.report) with O(portable.model_env.report#module:report=upgrade).
    type: str
    choices: [programme, gate]
    required: true
  programme:
    description: What O(step=programme) returned. For O(step=gate).
    type: dict
    default: {}
  canaries:
    description: How many hosts, or percent of the fleet, must have proven a release before batches begin; or names.
    type: raw
    default: 1
  batches:
    description: Sizes of the batches after the canaries, in hosts or percent of the fleet; the last one is repeated.
    type: raw
    default: ["10%", "25%", "50%"]
  budget:
    description: How many failed hosts, or percent of the fleet, end the run.
    type: raw
    default: "10%"
  at_once:
    description: How many hosts build and fetch at once, for the text; V(0) for no limit.
    type: int
    default: 0
seealso:
  - module: portable.model_env.report
  - module: portable.model_env.switch
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Draw up the programme
  portable.model_env.upgrade:
    step: programme
    budget: 3
  run_once: true
  register: drawn
"""

RETURN = r"""
programme:
  description: Who is prepared and switched, in which order and batches.
  returned: with O(step=programme)
  type: dict
stop:
  description: Why no further host may be touched; empty to go on.
  returned: with O(step=gate)
  type: str
canaries:
  description: Whether the batch is that of the canaries.
  returned: with O(step=gate)
  type: bool
go:
  description: Hosts of the batch that take part.
  returned: with O(step=gate)
  type: list
  elements: str
releases:
  description: For each of them, the release to switch to by environment.
  returned: with O(step=gate)
  type: dict
failing:
  description: Why a host failed, by host; one text for each reason.
  returned: with O(step=programme)
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Entry point, reached only where the action plugin was bypassed."""
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "choices": ["programme", "gate"], "required": True},
            "programme": {"type": "dict", "default": {}},
            "canaries": {"type": "raw", "default": 1},
            "batches": {"type": "raw", "default": ["10%", "25%", "50%"]},
            "budget": {"type": "raw", "default": "10%"},
            "at_once": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="portable.model_env.upgrade runs on the controller, as an action plugin.")


if __name__ == "__main__":
    main()
