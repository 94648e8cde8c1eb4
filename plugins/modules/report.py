#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action ``report``; the work is done on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: End a run with one table of all hosts
version_added: 0.1.0
description:
  - Runs on the controller only. Reads what other modules registered on the hosts of the play, prints one table, and
    writes the same as JSON where a file is named.
  - With O(report=provision), O(report=verify) and O(report=preflight), the task fails on each host that has a failure,
    with its reason. With the other reports it runs once for the play and fails nowhere; RV(failing) says which hosts
    should.
  - A host without a result, or whose result cannot be read, has a row that says so.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  report:
    description:
      - V(provision) shows what was done for each environment.
      - V(verify) shows what M(portable.model_env.verify) found.
      - V(preflight) says which hosts are ready, and lists every problem of all hosts with its cure.
      - V(audit) shows what M(portable.model_env.audit) found, and compares environments of one spec between hosts.
      - V(switch) shows what M(portable.model_env.switch) did.
      - V(upgrade) ends an upgrade; see M(portable.model_env.upgrade).
    type: str
    choices: [provision, verify, preflight, audit, switch, upgrade]
    default: provision
  plan:
    description: >-
      For O(report=provision), the name of the variable that holds the result of M(portable.model_env.plan) on each
      host.
    type: str
    default: model_env_plan
  done:
    description: Likewise, of the variable that holds the results of the loop over M(portable.model_env.release).
    type: str
    default: model_env_done
  failed_task:
    description: Likewise, of the variable that holds the result of a task that failed before the loop, if one did.
    type: str
    default: model_env_failed
  shared:
    description: Likewise, of the variable that holds the result of M(portable.model_env.shared_roots).
    type: str
    default: model_env_shared
  result:
    description:
      - For V(verify), V(preflight), V(audit) and V(switch), the name of the variable that holds the result on each
        host.
      - The default is the variable of the role, C(gpu_check_result), C(preflight_result), C(audit_result) or
        C(rollback_result).
    type: str
  fail_on:
    description: For O(report=audit), the findings that count as failures.
    type: list
    elements: str
    choices: [unreachable, failed, broken, missing, drifted, differs, behind, trial, extra, litter]
    default: []
  programme:
    description: For O(report=upgrade), what M(portable.model_env.upgrade) drew up.
    type: dict
    default: {}
  json:
    description: File on the controller for everything that the report says, as JSON. Its folders are made.
    type: path
  html:
    description: >-
      For O(report=verify), file on the controller for the verdicts of all hosts as one HTML page that needs nothing
      else.
    type: path
attributes:
  check_mode:
    details: The files are written in check mode, too.
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.release
  - module: portable.model_env.verify
  - module: portable.model_env.audit
  - module: portable.model_env.switch
  - module: portable.model_env.upgrade
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Show what was done
  portable.model_env.report:

- name: Show what was verified, and keep the verdicts
  portable.model_env.report:
    report: verify
    json: reports/verdicts.json
    html: reports/verdicts.html

- name: Compare the hosts
  portable.model_env.report:
    report: audit
    fail_on: [drifted, differs]
    json: /var/lib/audit/fleet.json
  run_once: true
"""

RETURN = r"""
written:
  description: Paths on the controller that were written.
  returned: where the table is shown
  type: list
  elements: str
failing:
  description: Why a host should fail, by host; one text for each reason.
  returned: with O(report=audit), O(report=switch) and O(report=upgrade)
  type: dict
go:
  description: Whether this host is ready.
  returned: with O(report=preflight)
  type: bool
summary:
  description: Number of hosts by what was found on them.
  returned: with O(report=audit)
  type: dict
stop:
  description: Why the upgrade was stopped; empty where it was not.
  returned: with O(report=upgrade)
  type: str
rows:
  description: >-
    The rows of the table: of this host with O(report=provision) and O(report=verify), of all hosts with
    O(report=switch) and O(report=upgrade).
  returned: with these reports
  type: list
  elements: dict
  contains:
    host:
      description: Name of the host.
      type: str
    environment:
      description: Name of the environment.
      type: str
    done:
      description:
        - C(kept), C(built), C(activated), C(removed), C(cleaned), C(verified), C(failed), C(blocked) or C(unreachable).
        - In check mode, C(would be) stands before what is done.
      type: str
    seconds:
      description: Seconds that it took on the node.
      type: float
    verdicts:
      description: The verdicts in words.
      type: str
    detail:
      description: Why it was done, or why it failed.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

FINDINGS = ["unreachable", "failed", "broken", "missing", "drifted", "differs", "behind", "trial", "extra", "litter"]
REPORTS = ["provision", "verify", "preflight", "audit", "switch", "upgrade"]


def main() -> None:
    """Entry point, reached only where the action plugin was bypassed."""
    module = AnsibleModule(
        argument_spec={
            "report": {"type": "str", "choices": REPORTS, "default": "provision"},
            "plan": {"type": "str", "default": "model_env_plan"},
            "done": {"type": "str", "default": "model_env_done"},
            "failed_task": {"type": "str", "default": "model_env_failed"},
            "shared": {"type": "str", "default": "model_env_shared"},
            "result": {"type": "str"},
            "fail_on": {"type": "list", "elements": "str", "choices": FINDINGS, "default": []},
            "programme": {"type": "dict", "default": {}},
            "json": {"type": "path"},
            "html": {"type": "path"},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="portable.model_env.report runs on the controller, as an action plugin.")


if __name__ == "__main__":
    main()
