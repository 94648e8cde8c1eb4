#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action ``audit_report``; the work is done on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_report
short_description: Put the audits of all hosts together, and compare hosts with one another
version_added: 0.1.0
description:
  - Runs on the controller only, once for the play. Reads what M(portable.model_env.audit) registered on every host,
    prints one line for each, and compares environments of the same spec between hosts.
  - Does not fail for what it finds. RV(failing) says which hosts should.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  result:
    description: Name of the variable that holds the result of M(portable.model_env.audit) on each host.
    type: str
    default: audit_result
  fail_on:
    description: Findings that count as failures.
    type: list
    elements: str
    choices: [unreachable, failed, broken, missing, drifted, differs, behind, trial, extra, litter]
    default: []
  dest:
    description: File on the controller for everything that was found, as JSON.
    type: path
attributes:
  check_mode:
    details: The file O(dest) is written in check mode, too.
seealso:
  - module: portable.model_env.audit
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Put the audits together
  portable.model_env.audit_report:
    fail_on: [drifted, differs]
    dest: /var/lib/audit/fleet.json
  run_once: true
"""

RETURN = r"""
summary:
  description: Number of hosts by what was found on them.
  returned: success
  type: dict
failing:
  description: What counts as a failure, by host.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

FINDINGS = ["unreachable", "failed", "broken", "missing", "drifted", "differs", "behind", "trial", "extra", "litter"]


def main() -> None:
    """Entry point, reached only where the action plugin was bypassed."""
    module = AnsibleModule(
        argument_spec={
            "result": {"type": "str", "default": "audit_result"},
            "fail_on": {"type": "list", "elements": "str", "choices": FINDINGS, "default": []},
            "dest": {"type": "path"},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="portable.model_env.audit_report runs on the controller, as an action plugin.")


if __name__ == "__main__":
    main()
