#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches environments of a node to releases that are there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: switch
short_description: Switch model environments to finished releases, proven, and back again if they fail
version_added: 0.1.0
description:
  - Switches environments of one node to releases that are there already, without a network. Every release is proven
    first, then all are switched to by one rename each, then the command O(smoke) is run with each.
  - If anything fails, all of them are switched back at once, on the node, whether the controller still listens or not.
  - With O(trial), what was active before is kept, and the new releases count as tried only. Calling it again without
    O(trial) proves them once more, and either confirms them or switches back.
extends_documentation_fragment:
  - portable.model_env.attributes
  - portable.model_env.environments
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.keeping
  - portable.model_env.checks
  - portable.model_env.checks.api_keys
  - portable.model_env.checks.timeout
options:
  releases:
    description:
      - Folder name of the release by name of the environment. V(previous) is the one that was active before.
    type: dict
    required: true
  trial:
    description: Leave the releases on trial.
    type: bool
    default: false
  smoke:
    description:
      - Command, as a list, that must end with status 0 with each environment once it is active. The environment's
        programs are first on C(PATH), and C(MODEL_ENV_NAME) and C(MODEL_ENV_ROOT) say which one it is.
    type: list
    elements: str
    default: []
  smoke_timeout:
    description: Seconds that O(smoke) may take.
    type: float
    default: 600
  prune:
    description: Remove old releases after the switch, beyond O(keep) and O(keep_releases).
    type: bool
    default: true
attributes:
  check_mode:
    details: In check mode the releases are looked at, but no check and no command is run.
  idempotent:
    support: partial
    details: V(previous) means another release after each switch.
seealso:
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Go back
  portable.model_env.switch:
    root: /opt/model_env
    releases:
      svd: previous

- name: Try a release that M(portable.model_env.release) prepared
  portable.model_env.switch:
    root: /opt/model_env
    releases:
      svd: svd-0123456789ab
    trial: true
    smoke: [python, /srv/smoke/svd.py]
"""

RETURN = r"""
switched:
  description: The environments, in the order of their names.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The environment.
      type: str
    before:
      description: Folder name of the release that was active; empty if none was.
      type: str
    after:
      description: Folder name of the release that is active.
      type: str
    changes:
      description: Distributions that differ between the two, as M(portable.model_env.release) returns them.
      type: list
      elements: dict
    verdicts:
      description: The checks that were run.
      type: list
      elements: dict
    removed:
      description: Old releases that were removed.
      type: list
      elements: str
    freed_bytes:
      description: Bytes of the store that no release used any more after that.
      type: int
back:
  description: Names of the environments that were switched back.
  returned: failure
  type: list
  elements: str
seconds:
  description: Seconds that it took.
  returned: always
  type: float
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
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.releases.switch import SwitchRunner, SwitchSettings

PREVIOUS = "previous"
ARGUMENTS: arguments.Arguments = {
    **arguments.ROOT,
    **arguments.KEEPING,
    **arguments.GPU,
    **arguments.API_KEYS,
    **arguments.CHECK_TIMEOUT,
    "releases": {"type": "dict", "required": True},
    "trial": {"type": "bool", "default": False},
    "smoke": {"type": "list", "elements": "str", "default": []},
    "smoke_timeout": {"type": "float", "default": 600},
    "prune": {"type": "bool", "default": True},
}


def settings(given: dict[str, Any]) -> SwitchSettings:
    """The module's parameters, as the runner takes them."""
    return SwitchSettings(
        trial=given["trial"],
        smoke=given["smoke"],
        smoke_timeout=given["smoke_timeout"],
        prune=given["prune"],
        keep=given["keep"],
        pinned=given["keep_releases"],
        policies=Policies.of(given, timeout=given["check_timeout"]),
        lock_wait=given["lock_wait"],
        owners=Owners(given["trusted_owners"]),
    )


def main() -> None:
    """Entry point."""
    module = Module(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.given
    started = time.monotonic()
    wanted = {str(name): "" if folder == PREVIOUS else str(folder) for name, folder in given["releases"].items()}
    try:
        targets = SwitchRunner(CommandRunner(), given["root"], settings(given), module.check_mode).run(wanted)
    except ModelEnvError as error:
        module.fail(
            error,
            back=error.details.get("back", []),
            seconds=round(time.monotonic() - started, 1),
        )
    changed = [target for target in targets if target.changed(given["trial"])]
    module.exit_json(
        changed=bool(changed),
        switched=[target.as_dict() for target in targets],
        seconds=round(time.monotonic() - started, 1),
        check_mode=module.check_mode,
        diff=[
            {"header": target.name, "before": f"{target.before or ''}\n", "after": f"{target.after}\n"}
            for target in changed
        ],
    )


if __name__ == "__main__":
    main()
