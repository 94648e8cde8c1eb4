#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python packages of one virtual environment, exactly as asked for."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pip
short_description: Have exactly pinned Python packages in a virtual environment, by pip or uv
version_added: 0.1.0
description:
  - Has a virtual environment hold the given packages, creating it with the wanted interpreter if it is not there.
  - Both installers give the same results, and both honour where the node's pip configuration (C(pip.conf) and C(PIP_*))
    says that packages come from. Everything else in that configuration is left aside, and so are C(PYTHONPATH), C(UV_*)
    and a shell's active environment.
  - Nothing is cached, and temporary files lie beside the virtual environment, so that no build moves a file between
    filesystems.
  - A run that changes nothing asks no server. A package that another one requires and that is missing is found all
    the same.
  - Only network faults are repeated. Whatever fails, an environment that was there before is not replaced by half of a
    new one.
extends_documentation_fragment:
  - portable.model_env.attributes
options:
  name:
    description:
      - Requirements, such as V(torch==2.5.1) or C(name @ https://host/name.whl#sha256=<digest>).
      - With O(editable=true), absolute paths of source trees on the node, with extras if need be (C(/src/x[gpu])).
      - With O(state=absent), names.
    type: list
    elements: str
    default: []
  version:
    description: Version of the only entry of O(name), which then is a plain name.
    type: str
  requirements:
    description:
      - Absolute path of a requirements file on the node. Its lines, hashes, C(-r) and C(-c) count; its other options
        belong in the task.
    type: path
  git:
    description: Packages that are built from git repositories. They are compared by commit, not by version.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the distribution.
        type: str
        required: true
      url:
        description: URL of the repository, without credentials.
        type: str
        required: true
      commit:
        description: The commit, all 40 hex digits. Either this or O(git[].tag).
        type: str
      tag:
        description: The tag. The server is asked for it only if the package is not in place; a branch is refused.
        type: str
      subdirectory:
        description: Folder of the package in the repository.
        type: str
        default: ""
      editable:
        description: Keep the source tree in C(src/<name>) of the virtual environment and install it in place.
        type: bool
        default: false
      extras:
        description: Extras of the package.
        type: list
        elements: str
        default: []
  state:
    description:
      - V(present) has the packages there.
      - V(exact) also removes what they do not require, directly or indirectly. pip itself always stays.
      - V(absent) removes the named packages.
    type: str
    choices: [present, exact, absent]
    default: present
  virtualenv:
    description: Absolute path of the virtual environment. It never sees the system's site packages.
    type: path
    required: true
  virtualenv_python:
    description:
      - Interpreter of the virtual environment; a version (V(3.11)), a name or a path. An environment with another one
        is built anew, with the packages of this task.
      - Without it, an environment that works stays as it is, and a new one gets the interpreter that runs the module.
    type: str
  editable:
    description: Install the source trees named in O(name) in place.
    type: bool
    default: false
  installer:
    description: What does the work.
    type: str
    choices: [pip, uv]
    default: pip
  tools:
    description:
      - Folder of a virtual environment that holds the installer (C(bin/python) with pip, C(bin/uv)).
      - Without it, pip is that of the virtual environment (22.2 or newer; a new environment gets one from the
        interpreter's C(ensurepip)), and uv is that of O(uv_executable) or the PATH.
    type: path
  uv_executable:
    description: Path of uv.
    type: path
  store:
    description: Folder of uv's cache, on the filesystem of the virtual environment. Without it nothing is cached.
    type: path
  index_url:
    description: Base package index instead of the one that the node's pip configuration names.
    type: str
    default: ""
  extra_index_urls:
    description: Package indexes that are asked as well, besides those of the node's pip configuration.
    type: list
    elements: str
    default: []
  find_links:
    description: Folders or pages with archives, besides those of the node's pip configuration.
    type: list
    elements: str
    default: []
  constraints:
    description: Requirement lines that limit versions without asking for a package. Ranges are allowed here.
    type: list
    elements: str
    default: []
  hashes:
    description:
      - Hashes by name of packages that are listed, each a list of C(sha256:<digest>). What is downloaded must match
        one.
    type: dict
    default: {}
  require_hashes:
    description: Refuse every package without a hash, also those that others require.
    type: bool
    default: false
  pins:
    description:
      - V(exact) refuses whatever is not C(==), C(===), an archive with its hash, or git at a commit or tag.
      - V(bounded) also takes ranges with both bounds.
      - V(any) takes what the installer takes.
    type: str
    choices: [exact, bounded, any]
    default: exact
  build_isolation:
    description: V(false) builds with what the virtual environment holds, as packages need that compile against torch.
    type: bool
    default: true
  environment:
    description:
      - Variables for the installer and the builds that it starts, such as C(MAX_JOBS).
      - Values of variables whose names speak of tokens, keys or passwords are masked in the log and the result, but
        Ansible may log the task's arguments on the node; use O(secret_environment) for such.
    type: dict
    default: {}
  secret_environment:
    description: Like O(environment), for values that are shown nowhere.
    type: dict
    default: {}
  compile:
    description: Write bytecode at once instead of at the first import.
    type: bool
    default: false
  timeout:
    description: Seconds for one network operation; V(0) leaves it to the node's pip configuration.
    type: int
    default: 0
  retries:
    description: How often the work is repeated after a network fault.
    type: int
    default: 3
  retry_delay:
    description: Seconds before the first repetition, doubled for each further one, spread by half at random.
    type: float
    default: 2
  total_timeout:
    description: Seconds for all the installer's work; then it is killed with everything that it has started.
    type: float
  lock_wait:
    description: Seconds to wait for another run on the same virtual environment before giving up.
    type: float
    default: 5
  log:
    description:
      - Path of the log with the full output. The default is the virtual environment's path with C(.log) appended.
    type: path
attributes:
  check_mode:
    details:
      - The installer's own dry run answers. A new environment is looked at with an empty one that is gone afterwards.
      - What is built with O(build_isolation=false) must be buildable already, because only a build tells what it
        requires.
notes:
  - There is no C(extra_args), because what it changes could not be foretold in check mode. What is needed has an
    option of its own.
  - There is no C(chdir); all paths are absolute. There is no C(executable), because nothing outside a virtual
    environment is changed.
  - Neither C(latest) nor C(forcereinstall) is a state, because neither says what will be there.
seealso:
  - module: ansible.builtin.pip
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Have two packages in an environment
  portable.model_env.pip:
    virtualenv: /opt/demo
    virtualenv_python: "3.11"
    name:
      - einops==0.8.1
      - numpy==1.26.4

- name: Have exactly these, from a PyTorch index, by uv
  portable.model_env.pip:
    virtualenv: /opt/demo
    name:
      - torch==2.5.1+cu124
      - torchvision==0.20.1+cu124
    extra_index_urls:
      - https://download.pytorch.org/whl/cu124
    installer: uv
    state: exact

- name: Have a package at a commit, and torch as it is
  portable.model_env.pip:
    virtualenv: /opt/demo
    git:
      - name: clip
        url: https://github.com/openai/CLIP.git
        commit: dcba3cb2e2827b402d2701e7e1c7d9fed8a20ef1
    constraints:
      - torch==2.5.1

- name: Build against the torch that is there
  portable.model_env.pip:
    virtualenv: /opt/demo
    name: flash-attn==2.7.0.post2
    build_isolation: false
    environment:
      MAX_JOBS: "4"
    total_timeout: 14400

- name: Remove one
  portable.model_env.pip:
    virtualenv: /opt/demo
    name: einops
    state: absent
"""

RETURN = r"""
changes:
  description: The distributions that are different, or would be in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: torch, before: 2.4.0, after: 2.5.1, origin: index}
  contains:
    name:
      description: Canonical name.
      type: str
    before:
      description: >-
        What was there, as a requirement would write it: a version, C(git+URL@commit), a URL with its hash, or
        C(-e path@commit). Null if nothing was.
      type: str
    after:
      description: What is there now, likewise. Null if nothing is.
      type: str
    origin:
      description: Where it comes from; C(index), C(vcs), C(url), C(dir) or C(editable).
      type: str
created:
  description: Whether the virtual environment is new, or was built anew.
  returned: success
  type: bool
reason:
  description: Why it was built anew; empty if it was not.
  returned: success
  type: str
virtualenv:
  description: Path of the virtual environment.
  returned: success
  type: str
python:
  description: Path of its interpreter.
  returned: success
  type: str
attempts:
  description: How often the work was tried, more than 1 after network faults; 0 in check mode or without work.
  returned: success
  type: int
seconds:
  description: Seconds that it took.
  returned: always
  type: float
command:
  description: The installer's command, without credentials. The requirements travel on its standard input.
  returned: success
  type: str
log:
  description: Path on the node of the full output; empty in check mode.
  returned: success
  type: str
error:
  description: The failure as data (kind, what, where, why, todo, log, details).
  returned: failure
  type: dict
"""

import os
import time
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.options import read_request, read_settings
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.pip import PipRunner

ARGUMENTS: dict[str, dict[str, Any]] = {
    "name": {"type": "list", "elements": "str", "default": []},
    "version": {"type": "str"},
    "requirements": {"type": "path"},
    "git": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "url": {"type": "str", "required": True},
            "commit": {"type": "str"},
            "tag": {"type": "str"},
            "subdirectory": {"type": "str", "default": ""},
            "editable": {"type": "bool", "default": False},
            "extras": {"type": "list", "elements": "str", "default": []},
        },
    },
    "state": {"type": "str", "choices": ["present", "exact", "absent"], "default": "present"},
    "virtualenv": {"type": "path", "required": True},
    "virtualenv_python": {"type": "str"},
    "editable": {"type": "bool", "default": False},
    "installer": {"type": "str", "choices": list(registry.NAMES), "default": registry.NATIVE.name},
    "tools": {"type": "path"},
    "uv_executable": {"type": "path"},
    "store": {"type": "path"},
    "index_url": {"type": "str", "default": ""},
    "extra_index_urls": {"type": "list", "elements": "str", "default": []},
    "find_links": {"type": "list", "elements": "str", "default": []},
    "constraints": {"type": "list", "elements": "str", "default": []},
    "hashes": {"type": "dict", "default": {}},
    "require_hashes": {"type": "bool", "default": False},
    "pins": {"type": "str", "choices": ["exact", "bounded", "any"], "default": "exact"},
    "build_isolation": {"type": "bool", "default": True},
    "environment": {"type": "dict", "default": {}},
    "secret_environment": {"type": "dict", "default": {}, "no_log": True},
    "compile": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 0},
    "retries": {"type": "int", "default": 3},
    "retry_delay": {"type": "float", "default": 2},
    "total_timeout": {"type": "float"},
    "lock_wait": {"type": "float", "default": 5},
    "log": {"type": "path"},
}


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec=ARGUMENTS,
        required_if=[("state", "absent", ("name", "git", "requirements"), True)],
        supports_check_mode=True,
    )
    started = time.monotonic()
    try:
        settings, request = read_settings(module.params), read_request(module.params)
        outcome = PipRunner(CommandRunner(), settings, os.environ, module.check_mode).run(request)
    except ModelEnvError as error:
        seconds = round(time.monotonic() - started, 1)
        module.fail(error, seconds=seconds)
    headers = {"before_header": settings.virtualenv, "after_header": settings.virtualenv}
    module.exit_json(
        changed=outcome.changed,
        changes=[change.as_dict() for change in outcome.changes],
        created=outcome.created,
        reason=outcome.reason,
        virtualenv=settings.virtualenv,
        python=outcome.python,
        attempts=outcome.attempts,
        seconds=outcome.seconds,
        command=outcome.command,
        log=outcome.log,
        diff={**headers, "before": outcome.before, "after": outcome.after} if outcome.changed else {},
    )


if __name__ == "__main__":
    main()
