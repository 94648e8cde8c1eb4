#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is ready for what its specs want, before anything is changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Say whether a node is ready for its model environments, before anything is changed
version_added: 0.1.0
description:
  - Looks at everything that provisioning will need, all at once, and returns a verdict for each, with the measured
    value, the reason and what to do.
  - Filesystems, free space against what the indexes and the Hub say will be fetched, interpreters, packages of the
    operating system, compilers, driver, servers (real requests with a time limit, in parallel), write access, the
    lock, the clock.
  - Fails if one verdict is a fail. Warnings do not count. The page C(docs/preflight.md) of the collection explains
    each.
  - Changes nothing, and needs nothing but Python on the node. The clock is compared with the controller's by the action
    plugin of the same name, which also validates the specs before the node is connected to.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
  - portable.model_env.environments
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.specs
  - portable.model_env.environments.indexes
  - portable.model_env.environments.locks
  - portable.model_env.environments.interpreters
  - portable.model_env.environments.minimum_free
  - portable.model_env.checks
options:
  specs:
    required: false
    default: {}
  base_index_url:
    description: Base package index; empty for what pip's configuration on the node says.
    type: str
    default: ""
  weights:
    description: Repositories of the Hub, with the keys of O(portable.model_env.hf_snapshot#module:snapshots).
    type: list
    elements: dict
    default: []
  endpoint:
    description: Address of the Hub or of a mirror; E(HF_ENDPOINT) of the node, or the Hub's own, if omitted.
    type: str
    default: ""
  token:
    description: Access token for the Hub; E(HF_TOKEN) of the node or its token file if omitted, empty for none.
    type: str
  timeout:
    description: Seconds for one request.
    type: float
    default: 15
attributes:
  check_mode:
    details: It changes nothing.
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.verify
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Look before anything is changed
  portable.model_env.preflight:
    root: /opt/model_env
    specs: "{{ model_env_specs }}"
    weights: "{{ model_env_specs | portable.model_env.weights(root='/opt/model_env/weights') }}"
"""

RETURN = r"""
go:
  description: Whether nothing stands in the way.
  returned: always
  type: bool
verdicts:
  description: One for each thing that was looked at, in the order of the documentation.
  returned: always
  type: list
  elements: dict
  contains:
    check:
      description: What was looked at.
      type: str
      sample: space:/data
    verdict:
      description: One of V(pass), V(fail), V(warn), V(skip).
      type: str
    value:
      description: What was measured.
      type: raw
    reason:
      description: Why it is not a pass, or what to know about a pass.
      type: str
    cure:
      description: What to do, where something is to be done.
      type: str
    seconds:
      description: How long it took.
      type: float
summary:
  description: The numbers in words.
  returned: always
  type: str
  sample: 14 pass, 1 fail, 1 skip
time:
  description: Time of the node when it was asked, in seconds since 1970.
  returned: always
  type: float
seconds:
  description: How long everything took.
  returned: always
  type: float
error:
  description: The failure as data, where the node could not be looked at.
  returned: failure
  type: dict
"""

import os
import time

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.preflight.preflight import Preflight, Wanted
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import read_specs
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec={
            **arguments.ROOT,
            **arguments.SPECS,
            **arguments.INDEXES,
            **arguments.LOCKS,
            **arguments.INTERPRETERS,
            **arguments.MINIMUM_FREE,
            **arguments.GPU,
            "specs": {"type": "dict", "default": {}},
            "base_index_url": {"type": "str", "default": ""},
            "weights": {"type": "list", "elements": "dict", "default": []},
            "endpoint": {"type": "str", "default": ""},
            "token": {"type": "str", "no_log": True},
            "timeout": {"type": "float", "default": 15},
        },
        supports_check_mode=True,
    )
    given = module.given
    now, started = time.time(), time.monotonic()
    try:
        wanted = Wanted(
            given["root"],
            read_specs(given["specs"]),
            weights=given["weights"],
            index_url=given["base_index_url"],
            interpreters=given["interpreters"],
            minimum_free=given["minimum_free"],
            endpoint=given["endpoint"],
            token=tokens.given(given["token"]),
            gpu=given["gpu"],
            timeout=given["timeout"],
            owners=Owners(given["trusted_owners"]),
        )
        found = Preflight(CommandRunner(), wanted, os.environ).run()
    except ModelEnvError as error:
        module.fail(error)
    module.exit_json(
        changed=False,
        go=verdicts.overall(found) == verdicts.PASS,
        verdicts=found,
        summary=verdicts.summary(found),
        time=now,
        seconds=round(time.monotonic() - started, 3),
    )


if __name__ == "__main__":
    main()
