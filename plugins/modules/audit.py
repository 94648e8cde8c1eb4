#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what a node runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit
short_description: Say which model environments a node runs, which drifted and which are behind their specs
version_added: 0.1.0
description:
  - Validates the specs on the controller, then reads the node once (links, receipts, installed distributions) and
    starts no process there. Changes nothing.
  - M(portable.model_env.report) compares the results of all hosts.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
  - portable.model_env.environments
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.specs
  - portable.model_env.environments.indexes
  - portable.model_env.environments.locks
seealso:
  - module: portable.model_env.report
  - module: portable.model_env.verify
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Look at what a node runs
  portable.model_env.audit:
    root: /opt/model_env
    specs: "{{ model_env_specs }}"
  register: audit_result
"""

RETURN = r"""
environments:
  description: What the specs name, and what else is there.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The environment.
      type: str
    state:
      description:
        - C(current), C(behind) (of its spec), C(drifted) (changed by hand), C(missing), C(broken) (no receipt), or
          C(extra) (no spec names it).
      type: str
    reasons:
      description: Why it is not current.
      type: list
      elements: str
    release:
      description: Folder name of the active release.
      type: str
    digest:
      description: SHA-256 of the spec that it was built from.
      type: str
    created:
      description: When it was built, in seconds since the epoch.
      type: float
    trial:
      description: Whether it is on trial (see M(portable.model_env.switch)).
      type: bool
    previous:
      description: Folder name of the release that a rollback leads to; empty if there is none.
      type: str
    prepared:
      description: Folder name of the release that the spec asks for, where it is finished and not active.
      type: str
    distributions:
      description: What is installed, by version, commit or URL.
      type: dict
litter:
  description: What killed runs left behind.
  returned: success
  type: list
  elements: str
free_bytes:
  description: Bytes free on the filesystem of O(root).
  returned: success
  type: int
holder:
  description: Who is changing O(root) now, if anybody.
  returned: success
  type: dict
"""

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.releases.audit import audit
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import read_specs


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec={**arguments.ROOT, **arguments.SPECS, **arguments.INDEXES, **arguments.LOCKS},
        supports_check_mode=True,
    )
    try:
        # The action plugin of the same name has replaced the specs by the normal forms of the selected ones.
        owners = Owners(module.params["trusted_owners"])
        result = audit(module.params["root"], read_specs(module.params["specs"]), owners)
    except ModelEnvError as error:
        module.fail(error)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
