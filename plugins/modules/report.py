#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action ``report``; the work is done on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: End a run with one table of hosts and environments, and fail where something failed
version_added: 0.1.0
description:
  - Runs on the controller only. Reads the registered results of all hosts of the play, prints one table (host,
    environment, what was done, seconds, verdicts), and fails on each host that has a failure, with its reason.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  plan:
    description: Name of the variable that holds the result of M(portable.model_env.plan) on each host.
    type: str
    default: model_env_plan
  done:
    description: Name of the variable that holds the results of the loop over M(portable.model_env.release).
    type: str
    default: model_env_done
  failed_task:
    description: Name of the variable that holds the result of a task that failed before the loop, if one did.
    type: str
    default: model_env_failed
  verified:
    description: Name of the variable that holds the result of M(portable.model_env.verify).
    type: str
    default: gpu_check_result
  json:
    description: Path on the controller for the verdicts of all hosts as JSON; not written if omitted.
    type: str
  html:
    description:
      - Path on the controller for the verdicts of all hosts as one HTML page that needs nothing else; not written if
        omitted.
    type: str
  preflight:
    description:
      - Name of the variable that holds the result of M(portable.model_env.preflight) on each host.
      - With it, the table says which hosts are ready and lists every problem of all hosts with its cure, and nothing
        else is reported.
    type: str
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: End with one table
  portable.model_env.report:

- name: End with one table, and keep the verdicts
  portable.model_env.report:
    json: reports/verdicts.json
    html: reports/verdicts.html
"""

RETURN = r"""
written:
  description: Paths on the controller that were written.
  returned: on the first host of the play
  type: list
  elements: str
go:
  description: Whether this host is ready.
  returned: with O(preflight)
  type: bool
rows:
  description: The rows of this host.
  returned: without O(preflight)
  type: list
  elements: dict
  contains:
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


def main() -> None:
    """Entry point, reached only where the action plugin was bypassed."""
    module = AnsibleModule(
        argument_spec={
            "plan": {"type": "str", "default": "model_env_plan"},
            "done": {"type": "str", "default": "model_env_done"},
            "failed_task": {"type": "str", "default": "model_env_failed"},
            "verified": {"type": "str", "default": "gpu_check_result"},
            "json": {"type": "str"},
            "html": {"type": "str"},
            "preflight": {"type": "str"},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="portable.model_env.report runs on the controller, as an action plugin.")


if __name__ == "__main__":
    main()
