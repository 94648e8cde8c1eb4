#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of the Hugging Face Hub in folders of a node: verified, resumed, and shown while they come."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_snapshot
short_description: Put repositories of the Hugging Face Hub onto a node, verified and resumable
version_added: 0.1.0
description:
  - Puts the files of one or more repositories at a commit into folders, as plain files. A file gets its name only after
    its content was compared with the checksum that the Hub lists.
  - What was fetched survives a kill, a reboot, and the crash of another node that shares the folder. The next run
    continues it.
  - Several files, and several ranges of a large file, are fetched at once. The checksum is computed while the bytes
    arrive.
  - A manifest in the folder C(.model_env) of the target lets a later run see without the network and without reading
    the files that nothing is to be done.
  - A listing that cannot be true is refused with the entry named, and so is another commit than the one that is pinned.
  - Before the first byte it is known whether every repository exists and may be read, and whether there is room.
  - Others may write the target, since those who use weights often do. No link below it is followed, and C(.model_env)
    in it has to be this user's, root's or that of O(trusted_owners).
  - What root fetches can be read by the node's users, also where root's umask would keep them out. To keep weights
    from them, make the target with a stricter mode before; it is kept.
  - While it runs, a line with bytes, rate and time left is shown every few seconds.
extends_documentation_fragment:
  - portable.model_env.attributes
  - portable.model_env.environments.interpreters
  - portable.model_env.environments.trusted_owners
  - portable.model_env.background
options:
  repo_id:
    description: Name of the repository, C(owner/name).
    type: str
  repo_type:
    description: What the repository is.
    type: str
    choices: [model, dataset, space]
    default: model
  revision:
    description: Commit of 40 hex digits; a tag or branch only with O(resolve=true).
    type: str
  resolve:
    description: >-
      Allow a tag or branch as O(revision). The commit that it stands for is recorded in the manifest, and stays the
      wanted one until O(move=true).
    type: bool
    default: false
  move:
    description: Resolve the tag or branch again, now.
    type: bool
    default: false
  local_dir:
    description: Absolute path of the target folder.
    type: path
  allow_patterns:
    description: Wildcards; a file is wanted if one matches its path. C(*) also matches C(/).
    type: list
    elements: str
  ignore_patterns:
    description: Wildcards; a file is not wanted if one matches its path.
    type: list
    elements: str
  filenames:
    description: Exact paths of the wanted files, instead of patterns. A missing one is an error.
    type: list
    elements: str
  snapshots:
    description: Several repositories in one plan and one transfer, instead of O(repo_id).
    type: list
    elements: dict
    suboptions:
      repo_id:
        description: As O(repo_id).
        type: str
        required: true
      repo_type:
        description: As O(repo_type).
        type: str
        choices: [model, dataset, space]
        default: model
      revision:
        description: As O(revision).
        type: str
      resolve:
        description: As O(resolve).
        type: bool
        default: false
      move:
        description: As O(move).
        type: bool
        default: false
      local_dir:
        description: As O(local_dir).
        type: path
        required: true
      allow_patterns:
        description: As O(allow_patterns).
        type: list
        elements: str
      ignore_patterns:
        description: As O(ignore_patterns).
        type: list
        elements: str
      filenames:
        description: As O(filenames).
        type: list
        elements: str
  state:
    description: >-
      V(present) has every wanted file there; V(absent) removes the files that the manifest lists, and nothing else.
    type: str
    choices: [present, absent]
    default: present
  endpoint:
    description: Address of the Hub or of a mirror; E(HF_ENDPOINT) of the node, or the Hub's own, if omitted.
    type: str
  token:
    description: >-
      Access token. If omitted, what huggingface_hub finds on the node (E(HF_TOKEN), its token file); empty for none.
      It goes to the host of O(endpoint) only.
    type: str
  max_workers:
    description: Streams at once.
    type: int
    default: 8
  verify:
    description: >-
      V(size) believes a file whose size and modification time are those of the manifest. V(full) reads every file and
      compares its checksum.
    type: str
    choices: [size, full]
    default: size
  repair:
    description: Fetch again what is there and wrong, and only that; otherwise fail with a list of it.
    type: bool
    default: true
  free_space_margin:
    description: What must stay free on the filesystem, such as V(10G).
    type: str
    default: 1G
  lock_wait:
    description: Seconds to wait for another run that works in the same folder, on this node or another.
    type: float
    default: 3600
  request_timeout:
    description: >-
      Seconds without a byte, or with less than 1 KiB a second, after which a question to the Hub's API is asked again.
      A page of a listing may take ten times, and a whole listing sixty times as long.
    type: float
    default: 30
  stall_timeout:
    description: >-
      Seconds without a byte, or with less than 1 KiB a second, after which a connection is given up and made anew.
    type: float
    default: 30
  timeout:
    description: Seconds for all that is asked and fetched, without waiting for another run; 0 for no limit.
    type: float
    default: 0
  retries:
    description: Failures in a row, without a new byte between them, after which a file is given up.
    type: int
    default: 8
  retry_delay:
    description: Seconds before the second try, doubled for each further one up to a minute.
    type: float
    default: 1
  root:
    description: Folder that holds the environments of the node; the tool environment with huggingface_hub lies in it.
    type: path
    default: /opt/model_env
  tools_lock:
    description: Requirement lines with hashes of huggingface_hub and what it needs.
    type: str
  tools_python:
    description: A Python that has huggingface_hub (0.34 or newer), instead of a tool environment.
    type: path
seealso:
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Have a model's weights
  portable.model_env.hf_snapshot:
    repo_id: openai/clip-vit-large-patch14
    revision: 32bd64288804d66eefd0ccbe215aa642df71cc41
    local_dir: /data/weights/clip
    ignore_patterns: ["*.msgpack", "*.h5"]
    tools_lock: "{{ lookup('ansible.builtin.file', 'hub-requirements.txt') }}"

- name: Read all of it again, and fetch what is damaged
  portable.model_env.hf_snapshot:
    repo_id: openai/clip-vit-large-patch14
    revision: main
    resolve: true
    local_dir: /data/weights/clip
    verify: full
    tools_lock: "{{ lookup('ansible.builtin.file', 'hub-requirements.txt') }}"
"""

RETURN = r"""
snapshots:
  description: What was done for each repository, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    repo_id:
      description: The repository.
      type: str
    repo_type:
      description: Its type.
      type: str
    local_dir:
      description: The target folder.
      type: str
    commit:
      description: The commit whose files are there.
      type: str
    files:
      description: Number of wanted files.
      type: int
    bytes:
      description: Their size.
      type: int
    fetch:
      description: Paths that were fetched.
      type: list
      elements: str
    fetch_bytes:
      description: Their size.
      type: int
    remove:
      description: Paths that were removed.
      type: list
      elements: str
    changed:
      description: Whether anything was fetched or removed.
      type: bool
received_bytes:
  description: Bytes that came over the network.
  returned: state is present
  type: int
refetched_bytes:
  description: Bytes of them that had come before.
  returned: state is present
  type: int
requests:
  description: Requests for bytes.
  returned: state is present
  type: int
faults:
  description: What went wrong on the way and healed, counted.
  returned: state is present
  type: dict
seconds:
  description: Seconds that it took.
  returned: state is present
  type: float
library:
  description: Version of huggingface_hub that was asked; empty if nobody had to be.
  returned: state is present
  type: str
error:
  description: The failure as data (kind, what, where, why, todo, log).
  returned: failure
  type: dict
"""

import os
import signal
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import arguments, sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import decide
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import REPO_TYPES
from ansible_collections.portable.model_env.plugins.module_utils.weights.hf_snapshot import (
    SnapshotRunner,
    SnapshotSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.tools import hub_python
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import parse_request

_ONE: dict[str, dict[str, Any]] = {
    "repo_id": {"type": "str"},
    "repo_type": {"type": "str", "choices": list(REPO_TYPES), "default": "model"},
    "revision": {"type": "str"},
    "resolve": {"type": "bool", "default": False},
    "move": {"type": "bool", "default": False},
    "local_dir": {"type": "path"},
    "allow_patterns": {"type": "list", "elements": "str"},
    "ignore_patterns": {"type": "list", "elements": "str"},
    "filenames": {"type": "list", "elements": "str"},
}
ARGUMENTS: arguments.Arguments = {
    **arguments.INTERPRETERS,
    **arguments.TRUSTED_OWNERS,
    **arguments.BACKGROUND,
    **_ONE,
    "snapshots": {
        "type": "list",
        "elements": "dict",
        "options": {
            **_ONE,
            "repo_id": {"type": "str", "required": True},
            "local_dir": {"type": "path", "required": True},
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "endpoint": {"type": "str"},
    "token": {"type": "str", "no_log": True},
    "max_workers": {"type": "int", "default": 8},
    "verify": {"type": "str", "choices": ["size", "full"], "default": "size"},
    "repair": {"type": "bool", "default": True},
    "free_space_margin": {"type": "str", "default": "1G"},
    "lock_wait": {"type": "float", "default": 3600},
    "request_timeout": {"type": "float", "default": 30},
    "stall_timeout": {"type": "float", "default": 30},
    "timeout": {"type": "float", "default": 0},
    "retries": {"type": "int", "default": 8},
    "retry_delay": {"type": "float", "default": 1},
    "root": {"type": "path", "default": "/opt/model_env"},
    "tools_lock": {"type": "str"},
    "tools_python": {"type": "path"},
}


def make_runner(module: Module, token: Secret | None) -> SnapshotRunner:
    """The runner for the module's parameters."""
    given = module.given
    policy = RetryPolicy(retries=given["retries"], delay=given["retry_delay"])
    settings = SnapshotSettings(
        max_workers=max(1, given["max_workers"]),
        full=given["verify"] == "full",
        diff=module._diff,
        repair=given["repair"],
        free_space_margin=sizes.parse(given["free_space_margin"]),
        lock_wait=given["lock_wait"],
        request_timeout=given["request_timeout"],
        stall_timeout=given["stall_timeout"],
        timeout=given["timeout"],
        policy=policy,
        owners=Owners(given["trusted_owners"]),
    )
    commands = CommandRunner()
    status = StatusFile(given["status_file"] or "")

    def hub() -> Hub:
        python = given["tools_python"]
        if not python:
            status.phase("making the tool environment")
            lock = given["tools_lock"]
            python = hub_python(
                commands,
                given["root"],
                lock,
                given["interpreters"],
                os.environ,
                module.check_mode,
                settings.owners,
            )
        return Hub(commands, python, given["endpoint"] or "", token, policy, os.environ, decide(os.environ))

    return SnapshotRunner(hub, settings, status, module.check_mode)


def stop(_signal: int, _frame: object) -> None:
    """End as after a failure: what came so far is flushed and the locks are given back."""
    raise ModelEnvError("the run was told to stop", todo="run again; it continues", kind="stopped")


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec=ARGUMENTS,
        required_one_of=[("repo_id", "snapshots")],
        mutually_exclusive=[("repo_id", "snapshots"), ("tools_lock", "tools_python")],
        required_by={"repo_id": ("local_dir",)},
        supports_check_mode=True,
    )
    given = module.given
    absent = given["state"] == "absent"
    if not absent and not given["tools_lock"] and not given["tools_python"]:
        module.fail_json(msg="tools_lock or tools_python is required with state=present")
    signal.signal(signal.SIGTERM, stop)
    try:
        token = tokens.given(given["token"])
        requests = [parse_request(entry, absent=absent) for entry in given["snapshots"] or [given]]
        runner = make_runner(module, token)
        if given["only_look"] and not absent and not runner.nothing_to_do(requests):
            module.exit_json(changed=False, more=True)
        result = runner.absent(requests) if absent else runner.present(requests)
    except ModelEnvError as error:
        module.fail(error)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
