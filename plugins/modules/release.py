#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One model environment of a node: built beside, proven, switched to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Build, prove and activate one model environment
version_added: 0.1.0
description:
  - Has the environment O(name) match its spec. A release that fits is kept or switched to. Otherwise a new one is built
    beside the active one with all its packages, proven by checks that run in it, and only then switched to by one
    rename.
  - Whatever fails or is killed, the release that was active stays active. What a killed run left behind is removed by
    the next one.
  - With O(state=prepared), the release is built and proven, and what is active stays active;
    M(portable.model_env.switch) then switches to it without a network.
  - With O(state=absent), removes the environment with all its releases. With O(state=clean), removes only leftovers.
  - Only one run at a time changes a root. A second one is refused with the name of the holder.
extends_documentation_fragment:
  - portable.model_env.attributes
  - portable.model_env.environments
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.indexes
  - portable.model_env.environments.locks
  - portable.model_env.environments.interpreters
  - portable.model_env.environments.keeping
  - portable.model_env.installing
  - portable.model_env.checks
  - portable.model_env.checks.api_keys
  - portable.model_env.checks.timeout
  - portable.model_env.wheelhouses
  - portable.model_env.background
options:
  name:
    description: Name of the environment. Required unless O(state=clean).
    type: str
  spec:
    description:
      - The spec, as an entry of C(model_env_specs). See the page C(docs/specs.md) of the collection.
      - Required with O(state=active) and O(state=prepared).
    type: dict
  state:
    description: What to have.
    type: str
    choices: [active, prepared, absent, clean]
    default: active
  locked:
    description: The lock of the spec; set by the action plugin, from O(lock_folder).
    type: dict
  base_index_url:
    description: Base package index for specs that name none; the node's pip configuration decides if this is empty.
    type: str
    default: ""
  seeds:
    description: Pinned requirements that every environment gets.
    type: list
    elements: str
    default: []
  build_tools:
    description: Pinned requirements that go before anything that is built without isolation.
    type: list
    elements: str
    default: []
  total_timeout:
    description: Seconds for one installation with all its repetitions; no limit if omitted.
    type: float
  progress_interval:
    description: >-
      Seconds between two lines of progress on the operator's terminal while something is built. With V(0) there are
      none, and the module does not run in the background of the node.
  wheels:
    description:
      - What M(portable.model_env.wheels) answered for the torch extensions of this environment. Without it they are
        searched for here.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    details: The installer's own dry run says which distributions would change.
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.switch
  - module: portable.model_env.verify
  - module: portable.model_env.wheels
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Have one environment
  portable.model_env.release:
    root: /opt/model_env
    name: demo
    spec:
      python: "3.11"
      packages:
        - einops==0.8.1
    seeds:
      - pip==26.0.1
    tools_lock: "{{ lookup('ansible.builtin.file', 'tools-requirements.txt') }}"

- name: Remove it
  portable.model_env.release:
    root: /opt/model_env
    name: demo
    state: absent
    tools_lock: ""
"""

RETURN = r"""
action:
  description: What was done, or would be in check mode; C(keep), C(activate), C(build), C(remove) or C(clean).
  returned: success
  type: str
release:
  description: Folder name of the release.
  returned: success
  type: str
changes:
  description: Distributions that differ between what was active and what is.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Canonical name.
      type: str
    before:
      description: What was there, by version, by C(git+URL@commit), by URL or by C(-e commit); null for nothing.
      type: str
    after:
      description: What is there, likewise.
      type: str
    origin:
      description: One of C(index), C(vcs), C(url), C(dir), C(editable).
      type: str
reasons:
  description: Why it was done.
  returned: success
  type: list
  elements: str
verdicts:
  description: The checks that were run in it.
  returned: success
  type: list
  elements: dict
steps:
  description: The transactions of the installer, with seconds, attempts and the command (without secrets).
  returned: success
  type: list
  elements: dict
removed:
  description: Old releases and leftovers that were removed.
  returned: success
  type: list
  elements: str
freed_bytes:
  description: Bytes of the store that no release used any more after old ones were removed.
  returned: success
  type: int
seconds:
  description: Seconds that it took.
  returned: always
  type: float
log:
  description: Path on the node of the full output of the installer.
  returned: success
  type: str
error:
  description: The failure as data (kind, what, where, why, todo, log).
  returned: failure
  type: dict
"""

import time
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.installers.arguments import INSTALLING
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.releases.build import BuildSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.release import (
    ReleaseResult,
    ReleaseRunner,
    ReleaseSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

ARGUMENTS: arguments.Arguments = {
    **arguments.ROOT,
    **arguments.INDEXES,
    **arguments.LOCKS,
    **arguments.INTERPRETERS,
    **INSTALLING,
    **arguments.KEEPING,
    **arguments.GPU,
    **arguments.API_KEYS,
    **arguments.CHECK_TIMEOUT,
    **arguments.WHEELHOUSES,
    **arguments.BACKGROUND,
    "name": {"type": "str"},
    "spec": {"type": "dict"},
    "state": {"type": "str", "choices": ["active", "prepared", "absent", "clean"], "default": "active"},
    "locked": {"type": "dict"},
    "base_index_url": {"type": "str", "default": ""},
    "seeds": {"type": "list", "elements": "str", "default": []},
    "build_tools": {"type": "list", "elements": "str", "default": []},
    "total_timeout": {"type": "float"},
    "wheels": {"type": "list", "elements": "dict", "default": []},
}


def settings(given: dict[str, Any]) -> ReleaseSettings:
    """The module's parameters, as the runner takes them."""
    build = BuildSettings(
        installer=given["installer"],
        store=given["store"],
        tools_lock=given["tools_lock"],
        seeds=given["seeds"],
        build_tools=given["build_tools"],
        interpreters=given["interpreters"],
        timeout=given["timeout"],
        retries=given["retries"],
        retry_delay=given["retry_delay"],
        total_timeout=given["total_timeout"],
        index_url=given["base_index_url"],
        fleet_wheelhouse=given["wheelhouse"],
        archs=given["archs"],
        wheels=given["wheels"],
    )
    return ReleaseSettings(
        build=build,
        keep=given["keep"],
        pinned=given["keep_releases"],
        policies=Policies.of(given, timeout=given["check_timeout"]),
        lock_wait=given["lock_wait"],
        owners=Owners(given["trusted_owners"]),
    )


def act(runner: ReleaseRunner, given: dict[str, Any], spec: Spec | None) -> ReleaseResult:
    """Do what ``state`` says."""
    if spec is not None:
        lock = Lock.from_dict(given["locked"], spec.name) if given["locked"] else None
        return runner.active(spec, switch=given["state"] == "active", lock=lock)
    return runner.absent(given["name"]) if given["state"] == "absent" else runner.clean()


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec=ARGUMENTS,
        required_if=[
            ("state", "active", ("name", "spec")),
            ("state", "prepared", ("name", "spec")),
            ("state", "absent", ("name",)),
        ],
        supports_check_mode=True,
    )
    started = time.monotonic()
    given = module.given
    status = StatusFile(given["status_file"] or "")
    try:
        runner = ReleaseRunner(CommandRunner(), given["root"], settings(given), module.check_mode, status)
        # The action plugin of the same name has replaced the spec by its normal form.
        spec = Spec.from_dict(given["spec"]) if given["state"] in ("active", "prepared") else None
        if given["only_look"] and spec is not None and runner.is_long(spec):
            module.exit_json(changed=False, more=True)
        outcome = act(runner, given, spec)
    except ModelEnvError as error:
        seconds = round(time.monotonic() - started, 1)
        module.fail(
            error,
            verdicts=error.details.get("verdicts", []),
            seconds=seconds,
        )
    for note in outcome.notes:
        module.warn(note)
    diff = {"before_header": outcome.name, "after_header": outcome.name}
    module.exit_json(
        changed=outcome.changed,
        action=outcome.action,
        release=outcome.release,
        changes=outcome.changes,
        reasons=outcome.reasons,
        verdicts=outcome.verdicts,
        steps=outcome.steps,
        removed=outcome.removed,
        freed_bytes=outcome.freed,
        seconds=round(time.monotonic() - started, 1),
        log=outcome.log,
        check_mode=module.check_mode,
        diff={**diff, "before": outcome.before, "after": outcome.after} if outcome.changed else {},
    )


if __name__ == "__main__":
    main()
