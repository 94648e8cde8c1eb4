#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done on a node for its model environments, as data."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Compare model environments with a node and return what is to be done
version_added: 0.1.0
description:
  - Validates the specs on the controller before the node is connected to, then reads the node once (releases, receipts,
    installed distributions, interpreters, free space, operating system packages) and returns the difference.
  - Changes nothing. An environment that matches its spec starts no process on the node.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
  - portable.model_env.environments
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.specs
  - portable.model_env.environments.indexes
  - portable.model_env.environments.locks
  - portable.model_env.environments.interpreters
  - portable.model_env.environments.minimum_free
  - portable.model_env.wheelhouses
  - portable.model_env.wheelhouses.cache
options:
  absent:
    description: Names of environments to remove from the node.
    type: list
    elements: str
    default: []
seealso:
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: See what a node needs
  portable.model_env.plan:
    root: /opt/model_env
    specs:
      svd:
        python: "3.11"
        torch:
          version: "2.5.1"
          torchvision: "0.20.1"
          cuda: cu124
        packages:
          - diffusers==0.35.2
  register: planned

- name: Name the environments that would be built
  ansible.builtin.debug:
    msg: "{{ planned.work | map(attribute='name') | join(', ') }}"
"""

RETURN = r"""
work:
  description: What is to be done, in order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The environment; empty for C(clean).
      type: str
    action:
      description:
        - One of C(build), C(activate) (a fitting release is there), C(remove) or C(clean) (leftovers of a killed run).
      type: str
    release:
      description: Folder name of the release to build or to activate.
      type: str
    active:
      description: Folder name of the release that is active now.
      type: str
    reasons:
      description: Why, a line each.
      type: list
      elements: str
    spec:
      description: The spec in its normal form.
      type: dict
    digest:
      description: SHA-256 of what the spec says of the result.
      type: str
kept:
  description:
    - Environments that match, with the number of distributions and the verdicts of their receipts, and whether
      their release is on trial (see M(portable.model_env.switch)).
  returned: success
  type: dict
blocked:
  description: Environments that cannot be built here, each with the error.
  returned: success
  type: list
  elements: dict
wheels:
  description: >-
    The wheel of each torch extension of the environments to build, with every place that was looked at; as
    RV(portable.model_env.wheels#module:wheels).
  returned: success
  type: list
  elements: dict
os_packages:
  description: Family of the operating system, and the packages that the builds need and the node lacks.
  returned: success
  type: dict
free_bytes:
  description: Bytes free on the filesystem of O(root).
  returned: success
  type: int
holder:
  description: Who is changing O(root) now, if anybody.
  returned: success
  type: dict
root:
  description: >-
    Which folder O(root) is, so that M(portable.model_env.shared_roots) can tell hosts that share it from hosts with
    the same path on different filesystems.
  returned: success
  type: dict
  contains:
    place:
      description: >-
        SHA-256 of what the node knows of the folder. On a local filesystem it is the boot of the machine, the device
        and the path there; on a network filesystem its server, export and path there. Null where that does not tell.
      type: str
    identity:
      description: >-
        A random text in the folder, made by the first run that changes it; null before, and on a local filesystem.
      type: str
wanted:
  description: What the host is to have, as the SHA-256 of its spec by name; empty for a name of O(absent).
  returned: success
  type: dict
"""

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import Root
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.releases.plan import plan
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import read_specs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import WheelSettings


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
            **arguments.WHEELHOUSES,
            **arguments.WHEEL_CACHE,
            "absent": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    given = module.given
    owners = Owners(given["trusted_owners"])
    try:
        # The action plugin of the same name has replaced the specs by the normal forms of the selected ones.
        result = plan(
            CommandRunner(),
            given["root"],
            read_specs(given["specs"]),
            given["absent"],
            given["interpreters"],
            given["minimum_free"],
            WheelSettings(
                Root(given["root"], owners).wheelhouse, given["wheelhouse"], given["archs"], given["offered"], owners
            ),
            owners,
        )
    except ModelEnvError as error:
        module.fail(error)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
