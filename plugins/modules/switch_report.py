#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action ``switch_report``; the work is done on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: switch_report
short_description: Show what a switch of releases did on all hosts
version_added: 0.1.0
description:
  - Runs on the controller only, once for the play. Reads what M(portable.model_env.switch) registered on every host and
    prints one table (host, environment, before, after, why).
  - Does not fail for what it finds. RV(failing) says which hosts should.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  result:
    description: Name of the variable that holds the result of M(portable.model_env.switch) on each host.
    type: str
    default: rollback_result
seealso:
  - module: portable.model_env.switch
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Show the table
  portable.model_env.switch_report:
  run_once: true
"""

RETURN = r"""
rows:
  description: The rows of the table.
  returned: success
  type: list
  elements: dict
failing:
  description: Why a host failed, by host.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Entry point, reached only where the action plugin was bypassed."""
    module = AnsibleModule(
        argument_spec={"result": {"type": "str", "default": "rollback_result"}}, supports_check_mode=True
    )
    module.fail_json(msg="portable.model_env.switch_report runs on the controller, as an action plugin.")


if __name__ == "__main__":
    main()
