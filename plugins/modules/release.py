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
options:
  root:
    description: Absolute path of the folder that holds all environments of the node.
    type: path
    required: true
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
  index_url:
    description: Template of the package indexes of torch builds; C({build}) stands for C(cu118), C(cpu) and so on.
    type: str
    default: ""
  index_urls:
    description: Indexes of single torch builds, which win over O(index_url).
    type: dict
    default: {}
  base_index_url:
    description: Base package index for specs that name none; the node's pip configuration decides if this is empty.
    type: str
    default: ""
  installer:
    description: The installer. V(auto) is uv where the node's platform has it, else pip.
    type: str
    choices: [auto, pip, uv]
    default: auto
  store:
    description:
      - Keep uv's cache beside the releases, so that environments share the files of equal packages. Without it nothing
        is cached.
    type: bool
    default: true
  tools_lock:
    description: Requirement lines with hashes of pip, uv and packaging, that build the environments.
    type: str
    required: true
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
  interpreters:
    description: Paths of Python interpreters by version (V(3.11) or V(3.11.7)), tried before those found on the node.
    type: dict
    default: {}
  keep:
    description: How many old releases stay for a rollback, those that were active last.
    type: int
    default: 1
  keep_releases:
    description: Folder names of releases that stay in any case.
    type: list
    elements: str
    default: []
  gpu:
    description: >-
      V(auto) runs GPU checks where there is a GPU and skips them elsewhere, V(required) fails where there is none,
      V(off) runs none.
    type: str
    choices: [auto, required, "off"]
    default: auto
  api_keys:
    description: Whether a missing API key is reported (V(auto)), a failure (V(required)), or not looked at (V(off)).
    type: str
    choices: [auto, required, "off"]
    default: auto
  api_keys_file:
    description: File on the node with lines C(NAME=value) that counts beside the environment.
    type: path
  check_timeout:
    description: Seconds that one check may take.
    type: float
    default: 300
  timeout:
    description: Seconds for one network operation; the node's pip configuration decides if this is 0.
    type: int
    default: 0
  retries:
    description: How often an installation is repeated after a network fault. Nothing else is repeated.
    type: int
    default: 3
  retry_delay:
    description: Seconds before the first repetition, doubled for each further one.
    type: float
    default: 2
  total_timeout:
    description: Seconds for one installation with all its repetitions; no limit if omitted.
    type: float
  lock_wait:
    description: Seconds to wait for another run on the same O(root) before giving up.
    type: float
    default: 5
  progress_interval:
    description: >-
      Seconds between two lines of progress on the operator's terminal while something is built. With V(0) there are
      none, and the module does not run in the background of the node.
    type: float
    default: 5
  status_file:
    description: Set by the action plugin. File that says how far the run is.
    type: path
  secrets_pipe:
    description: Set by the action plugin. Named pipe that O(base_index_url) comes through, so that it is in no file.
    type: path
  only_look:
    description: Set by the action plugin. Return C(more) if something is to be built; otherwise do what is to be done.
    type: bool
    default: false
  wheelhouse:
    description: >-
      Folder that nodes share, or URL of a page, with wheels of torch extensions; asked after the node's own wheelhouse.
    type: str
    default: ""
  archs:
    description: GPU architectures that torch extensions are wanted for; those of the node's GPUs if empty.
    type: list
    elements: str
    default: []
  wheels:
    description:
      - What M(portable.model_env.wheels) answered for the torch extensions of this environment. Without it they are
        searched for here.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details: The installer's own dry run says which distributions would change.
  diff_mode:
    description: Returns details on what has changed, or possibly needs changing in check_mode, when in diff mode.
    support: full
  idempotent:
    description: Running it again without a change in between changes nothing.
    support: full
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

import json
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.portable.model_env.plugins.module_utils.node.build import BuildSettings
from ansible_collections.portable.model_env.plugins.module_utils.node.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.node.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.pure.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.runners.release import (
    Outcome,
    ReleaseRunner,
    ReleaseSettings,
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    "root": {"type": "path", "required": True},
    "name": {"type": "str"},
    "spec": {"type": "dict"},
    "state": {"type": "str", "choices": ["active", "prepared", "absent", "clean"], "default": "active"},
    "index_url": {"type": "str", "default": ""},
    "index_urls": {"type": "dict", "default": {}},
    "base_index_url": {"type": "str", "default": ""},
    "installer": {"type": "str", "choices": ["auto", "pip", "uv"], "default": "auto"},
    "store": {"type": "bool", "default": True},
    "tools_lock": {"type": "str", "required": True},
    "seeds": {"type": "list", "elements": "str", "default": []},
    "build_tools": {"type": "list", "elements": "str", "default": []},
    "interpreters": {"type": "dict", "default": {}},
    "keep": {"type": "int", "default": 1},
    "keep_releases": {"type": "list", "elements": "str", "default": []},
    "gpu": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto"},
    "api_keys": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto", "no_log": False},
    "api_keys_file": {"type": "path", "no_log": False},
    "check_timeout": {"type": "float", "default": 300},
    "timeout": {"type": "int", "default": 0},
    "retries": {"type": "int", "default": 3},
    "retry_delay": {"type": "float", "default": 2},
    "total_timeout": {"type": "float"},
    "lock_wait": {"type": "float", "default": 5},
    "progress_interval": {"type": "float", "default": 5},
    "status_file": {"type": "path"},
    "secrets_pipe": {"type": "path", "no_log": False},
    "only_look": {"type": "bool", "default": False},
    "wheelhouse": {"type": "str", "default": ""},
    "archs": {"type": "list", "elements": "str", "default": []},
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
        gpu=given["gpu"],
        api_keys=given["api_keys"],
        api_keys_file=given["api_keys_file"] or "",
        check_timeout=given["check_timeout"],
        lock_wait=given["lock_wait"],
    )


def act(runner: ReleaseRunner, given: dict[str, Any]) -> Outcome:
    """Do what ``state`` says."""
    if given["state"] in ("active", "prepared"):
        # The action plugin of the same name has replaced the spec by its normal form.
        return runner.active(given["spec"], switch=given["state"] == "active")
    return runner.absent(given["name"]) if given["state"] == "absent" else runner.clean()


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        required_if=[
            ("state", "active", ("name", "spec")),
            ("state", "prepared", ("name", "spec")),
            ("state", "absent", ("name",)),
        ],
        supports_check_mode=True,
    )
    given = dict(module.params)  # a copy: what comes through the pipe must not show up among the arguments in a result
    started = time.monotonic()
    if given["secrets_pipe"]:
        with open(given["secrets_pipe"], encoding="utf-8") as pipe:
            given.update(json.load(pipe))
    status = StatusFile(given["status_file"] or "")
    runner = ReleaseRunner(CommandRunner(), given["root"], settings(given), module.check_mode, status)
    try:
        if given["only_look"] and given["state"] in ("active", "prepared") and runner.is_long(given["spec"]):
            module.exit_json(changed=False, more=True)
        outcome = act(runner, given)
    except ModelEnvError as error:
        seconds = round(time.monotonic() - started, 1)
        module.fail_json(
            msg=error.message,
            error=error.as_dict(),
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
