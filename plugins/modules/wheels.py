#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheels of torch extensions: found in the places where they may be, and brought into the node's wheelhouse."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wheels
short_description: Bring the wheels of torch extensions into a node's wheelhouse
version_added: 0.1.0
description:
  - Looks for the wheel of each torch extension in the node's wheelhouse, the fleet's wheelhouse, the controller's
    cache, the wheel that the spec names and the releases of its project, in this order, and brings what it finds into
    C(<root>/wheelhouse) with its sha256 checked.
  - Builds nothing. What nobody has is answered with the outcome C(build) or C(none); M(portable.model_env.wheel_build)
    compiles it.
  - A wheel that cannot be had does not fail the task, so that other environments go on; its looks say why.
extends_documentation_fragment:
  - portable.model_env.attributes
  - portable.model_env.environments
  - portable.model_env.environments.trusted_owners
  - portable.model_env.wheelhouses
  - portable.model_env.wheelhouses.cache
options:
  wanted:
    description: What M(portable.model_env.plan) answered as C(wheels), or this module before.
    type: list
    elements: dict
    default: []
  virtualenv:
    description: Path of a virtual environment with torch, of which the keys of O(extensions) are made.
    type: path
  extensions:
    description: Torch extensions as in C(torch_extensions) of a spec, for O(virtualenv).
    type: list
    elements: dict
  builds:
    description:
      - Name of the variable in which each host registered its loop over M(portable.model_env.wheel_build), so that a
        build that failed is named.
    type: str
    default: ""
  required:
    description: Fail where a wheel cannot be had.
    type: bool
    default: false
attributes:
  diff_mode:
    support: none
    details: What it takes is named in RV(wheels).
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.wheel_build
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Have the wheel of flash-attn that fits an environment
  portable.model_env.wheels:
    root: /opt/model_env
    virtualenv: /opt/demo
    extensions:
      - name: flash-attn
        version: 2.8.3
  register: found

- name: Show where it was looked for
  ansible.builtin.debug:
    var: found.wheels[0].looks
"""

RETURN = r"""
wheels:
  description: One entry for each torch extension of each environment.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Name of the environment, or path of the virtual environment.
      type: str
    name:
      description: The package.
      type: str
    entry:
      description: The torch extension as the spec asks for it.
      type: dict
    key:
      description: What the wheel must have been compiled for.
      type: dict
    slug:
      description: The same as the name of a folder.
      type: str
    wheel:
      description: File name of the wheel that was found, or that a build would give.
      type: str
    outcome:
      description: C(ready) (it is in the node's wheelhouse), C(fetch) (check mode), C(build) or C(none).
      type: str
    looks:
      description: Every place in its order, with C(source), C(result), C(reason) and C(wheel).
      type: list
      elements: dict
    path:
      description: Where it lies in the node's wheelhouse; empty if it is not there.
      type: str
    sha256:
      description: Its hash.
      type: str
    origin:
      description: C(built), C(named) (by the spec) or C(released) (by its project).
      type: str
    from:
      description: The URL or path that it came from, or the host that built it.
      type: str
    requirement:
      description: The file as a requirement with its hash; empty if it is not there.
      type: str
    error:
      description: Why it cannot be had; empty if it can, or if it is still to be built.
      type: str
error:
  description: The failure as data (kind, what, where, why, todo, log).
  returned: failure
  type: dict
"""

import os

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import Root
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels, WheelSettings


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec={
            **arguments.ROOT,
            **arguments.WHEELHOUSES,
            **arguments.WHEEL_CACHE,
            "wanted": {"type": "list", "elements": "dict", "default": []},
            "virtualenv": {"type": "path"},
            "extensions": {"type": "list", "elements": "dict"},
            "builds": {"type": "str", "default": ""},
            "required": {"type": "bool", "default": False},
        },
        required_together=[("virtualenv", "extensions")],
        supports_check_mode=True,
    )
    given = module.given
    try:
        owners = Owners(given["trusted_owners"])
        house = Root(given["root"], owners).wheelhouse
        settings = WheelSettings(house, given["wheelhouse"], given["archs"], given["offered"], owners)
        wheels = Wheels(CommandRunner(), settings, os.environ)
        wanted = given["wanted"]
        if given["virtualenv"]:
            # The action plugin of the same name has replaced the extensions by their normal forms.
            python = os.path.join(given["virtualenv"], "bin", "python")
            extensions = [Extension.from_dict(one) for one in given["extensions"]]
            wanted = wheels.of_environment(python, given["virtualenv"], extensions)
        found = wheels.search(wanted, take=not module.check_mode)
    except ModelEnvError as error:
        module.fail(error)
    # The node's own wheelhouse is the one place whose hit changes nothing.
    came = [one for one in found if one["outcome"] in ("ready", "fetch") and one["looks"][0]["result"] != "hit"]
    module.exit_json(changed=bool(came), wheels=found)


if __name__ == "__main__":
    main()
