#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves specs: everything that their environments hold, by version and hash."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lock
short_description: Resolve the model environments of all hosts once, into lock files
version_added: 0.2.0
description:
  - Resolves the specs that the hosts of the play have selected, each name once, and writes a lock (C(pylock.toml),
    PEP 751) for each beside the inventory. What is installed from a lock is the same on every host and on every day.
  - A lock that fits its spec is left alone, unless O(upgrade) says otherwise. Where a spec asks for something else than
    its lock has, all else keeps the version that the lock has.
  - The resolver (uv, with the version that O(tools_lock) pins) runs where the task runs, which is meant to be the
    controller. A package without metadata is built there, which runs its code.
  - Meant to run once for a play, with C(run_once=true) and C(delegate_to=localhost).
  - See the page C(docs/locks.md) of the collection.
extends_documentation_fragment:
  - portable.model_env.attributes
  - portable.model_env.environments.interpreters
author:
  - portable.model_env contributors (@portable)
options:
  specs:
    description: The specs by name; set by the action plugin, from the variables of the hosts.
    type: dict
    default: {}
  previous:
    description: The locks before by name; set by the action plugin.
    type: dict
    default: {}
  names:
    description: Names of the specs to lock; those of all hosts of the play if omitted.
    type: list
    elements: str
  lock_folder:
    description:
      - Folder on the controller for the locks, each in C(NAME/pylock.toml).
      - The folder C(models) beside the inventory if omitted.
    type: path
  upgrade:
    description: Names of distributions that may get newer versions than the lock has; C(*) for all.
    type: list
    elements: str
    default: []
  until:
    description: Take only what was uploaded before this date or time (RFC 3339). Indexes must say when that was.
    type: str
    default: ""
  platform:
    description: The oldest platform that the wheels must fit, as uv names it.
    type: str
    default: x86_64-manylinux_2_28
  index_url:
    description: Base package index for specs that name none; pip's configuration decides if this is empty.
    type: str
    default: ""
  seeds:
    description: Pinned requirements that every environment gets. They give way where a spec needs another version.
    type: list
    elements: str
    default: []
  build_tools:
    description: Pinned requirements that go before anything that is built without isolation.
    type: list
    elements: str
    default: []
  tools_lock:
    description: Requirement lines with hashes of pip and uv.
    type: str
    required: true
  cache:
    description: Folder where the resolver is kept between runs.
    type: path
    default: ~/.cache/portable.model_env
  timeout:
    description: Seconds for one network operation; V(0) for what pip's configuration says.
    type: int
    default: 0
  retries:
    description: Repetitions after a network fault.
    type: int
    default: 3
attributes:
  check_mode:
    description: Resolves, says what would change, and writes no lock.
    support: full
  diff_mode:
    description: Shows the distributions of each lock before and after.
    support: full
  platform:
    support: full
    platforms: posix
  action_group:
    description: Use C(group/portable.model_env.all) in C(module_defaults).
    support: full
    membership:
      - portable.model_env.all
"""

EXAMPLES = r"""
- name: Lock the model environments of all hosts of the play
  portable.model_env.lock:
    tools_lock: "{{ lookup('ansible.builtin.file', 'tools-requirements.txt') }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
locks:
  description: Each lock by the name of its spec.
  returned: always
  type: dict
  sample:
    svd:
      state: changed
      path: /site/models/svd/pylock.toml
      changes: [numpy 1.26.3 -> 1.26.4]
      notes: []
error:
  description: The failure as data (kind, what, where, why, todo, log).
  returned: failure
  type: dict
"""

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.locks.lock import lock
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import PLATFORM
from ansible_collections.portable.model_env.plugins.module_utils.locks.resolution import ResolutionSettings
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import read_specs


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec={
            **arguments.INTERPRETERS,
            "specs": {"type": "dict", "default": {}},
            "previous": {"type": "dict", "default": {}},
            "names": {"type": "list", "elements": "str"},
            "lock_folder": {"type": "path"},
            "upgrade": {"type": "list", "elements": "str", "default": []},
            "until": {"type": "str", "default": ""},
            "platform": {"type": "str", "default": PLATFORM},
            "index_url": {"type": "str", "default": ""},
            "seeds": {"type": "list", "elements": "str", "default": []},
            "build_tools": {"type": "list", "elements": "str", "default": []},
            "tools_lock": {"type": "str", "required": True},
            "cache": {"type": "path", "default": "~/.cache/portable.model_env"},
            "timeout": {"type": "int", "default": 0},
            "retries": {"type": "int", "default": 3},
        },
        supports_check_mode=True,
    )
    given = module.given
    try:
        settings = ResolutionSettings(
            cache=given["cache"],
            tools_lock=given["tools_lock"],
            platform=given["platform"],
            seeds=given["seeds"],
            build_tools=given["build_tools"],
            interpreters=given["interpreters"],
            index_url=given["index_url"],
            upgrade=given["upgrade"],
            until=given["until"],
            timeout=given["timeout"],
            retries=given["retries"],
        )
        result = lock(CommandRunner(), settings, read_specs(given["specs"]), given["previous"])
    except ModelEnvError as error:
        module.fail(error)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
