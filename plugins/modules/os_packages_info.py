#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which operating system packages a node lacks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: os_packages_info
short_description: Say which operating system packages a node lacks
version_added: 0.1.0
description:
  - Translates package names to those of the node's family (Debian, Red Hat or SUSE) and asks its package manager's
    database which ones are not installed.
  - Changes nothing, and needs no root. The role C(build_deps) installs what is missing.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
options:
  packages:
    description:
      - Packages that must be there, by their Debian names; a table says what the other families call them.
      - An element may also be a dictionary of family (V(debian), V(redhat), V(suse)) to a name or a list of names.
        A family that it does not mention needs nothing.
    type: list
    elements: raw
    default: []
  python_versions:
    description:
      - Versions (V(3.11)) of Python whose headers and C(venv) must be there.
      - Only interpreters of the operating system (C(/usr/bin/pythonX.Y)) count. Others bring both with them.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    details: It never changes anything.
  diff_mode:
    support: N/A
    details: It never changes anything.
notes:
  - On a system of another family nothing is looked up, nothing is missing, and a warning says so.
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: See what this node lacks for building environments with its own Python 3.11
  portable.model_env.os_packages_info:
    packages:
      - build-essential
      - git
      - libavcodec-dev
      - debian: libopenmpi-dev
        redhat: openmpi-devel
    python_versions:
      - "3.11"
  register: node_packages

- name: Refuse to go on without them
  ansible.builtin.assert:
    that: node_packages.missing | length == 0
    fail_msg: "Missing: {{ node_packages.missing | join(' ') }}"
"""

RETURN = r"""
family:
  description: Family of the operating system; V(debian), V(redhat), V(suse), or empty for any other.
  returned: success
  type: str
  sample: debian
wanted:
  description: The names looked up, as the family calls them.
  returned: success
  type: list
  elements: str
  sample: [build-essential, git, libavcodec-dev, libopenmpi-dev, python3.11-dev, python3.11-venv]
missing:
  description: Those that are not installed.
  returned: success
  type: list
  elements: str
  sample: [libavcodec-dev, python3.11-dev]
privileged:
  description: Whether the module ran as root, so that a task with the same privileges can install packages.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.os_packages import OsPackages
from ansible_collections.portable.model_env.plugins.module_utils.module import Module


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec={
            "packages": {"type": "list", "elements": "raw", "default": []},
            "python_versions": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    node = OsPackages(CommandRunner())
    try:
        wanted = node.wanted(module.params["packages"], module.params["python_versions"])
        result = node.compare(wanted)
    except ModelEnvError as error:
        module.fail(error)
    if not result["family"]:
        module.warn("This system is of no family whose package names are known; its packages were not looked up.")
    module.exit_json(changed=False, wanted=wanted, **result)


if __name__ == "__main__":
    main()
