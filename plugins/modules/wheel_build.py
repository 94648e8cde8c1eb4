#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles a package against torch and puts the wheel into the wheelhouse."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wheel_build
short_description: Have a wheel that is compiled against torch in the wheelhouse
version_added: 0.1.0
description:
  - If the wheelhouse has a wheel whose key fits, nothing is done. Otherwise the package is compiled on this node, and
    the wheel is put there.
  - What cannot come to a good end is refused before anything is compiled (no compiler, an nvcc of another CUDA, a torch
    whose headers need a newer C++, too little memory, and so on).
  - torch and the build tools are installed into a build environment first. The CUDA compiler is the node's, if it is of
    torch's CUDA, else it comes as wheels. Nothing needs root, but a C++ compiler must be there.
  - As many compilers run at once as the cores and the memory allow that the control group grants. When memory runs out
    nevertheless, the build goes on with fewer.
  - A killed build goes on where it was. Two runs that want the same wheel exclude each other.
  - While it runs, a line with the compiled files and the time left is shown every few seconds.
extends_documentation_fragment:
  - portable.model_env.attributes
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.interpreters
  - portable.model_env.installing
  - portable.model_env.background
options:
  root:
    description: Folder of the environments; builds are in its folder C(build).
    type: path
    default: /opt/model_env
  wheelhouse:
    description: Folder of the wheels; C(wheelhouse) in O(root) if omitted. It may be shared between nodes.
    type: path
  wheel_cache:
    description:
      - For the action plugin. Folder on the controller that gets the wheel, too, unless O(wheelhouse) is given;
        V(~/.cache/portable.model_env/wheelhouse) if it is empty. Nothing is fetched if omitted.
    type: str
  key:
    description: What the wheel is for, as the environment that will use it says.
    type: dict
    required: true
    suboptions:
      package:
        description: Name of the distribution.
        type: str
        required: true
      version:
        description: Its version; empty for a commit whose version is not known.
        type: str
        default: ""
      commit:
        description: Commit of 40 hex digits; empty for a version of an index.
        type: str
        default: ""
      python_tag:
        description: Tag of the interpreter, such as V(cp311).
        type: str
        required: true
      torch:
        description: Major and minor version of torch, such as V(2.11).
        type: str
        required: true
      cuda:
        description: torch's CUDA without its dot, such as V(130), or V(cpu).
        type: str
        required: true
      cxx11abi:
        description: Whether torch was compiled with the C++11 ABI.
        type: bool
        required: true
      platform:
        description: Such as V(linux_x86_64).
        type: str
        required: true
      libc:
        description: The oldest C library that the wheel is to run with, such as V(glibc2.36).
        type: str
        required: true
      archs:
        description: Compute capabilities of the GPUs, such as V(90).
        type: list
        elements: str
        default: []
  torch:
    description: Requirements of the torch that the package is compiled against, pinned.
    type: list
    elements: str
    required: true
  url:
    description: Git repository; required where the key has a commit.
    type: str
    default: ""
  sha256:
    description: Hash of the source archive; what the index says is believed without it.
    type: str
    default: ""
  environment:
    description: Further variables for the build.
    type: dict
    default: {}
  build_tools:
    description: Pinned requirements that setup.py needs beside torch.
    type: list
    elements: str
    default: []
  max_jobs:
    description: Compilers at once; 0 for as many as cores and memory allow.
    type: int
    default: 0
  gib_per_job:
    description: Memory of one compiler in GiB; 0 for what is known of the package.
    type: float
    default: 0
  time_limit:
    description: Seconds for the compilation; what is compiled by then is kept. No limit if 0.
    type: float
    default: 21600
  index_url:
    description: Base package index instead of the one that the node is configured for.
    type: str
    default: ""
  extra_index_urls:
    description: Further indexes, such as that of torch's build.
    type: list
    elements: str
    default: []
  find_links:
    description: Folders or pages with archives.
    type: list
    elements: str
    default: []
  lock_wait:
    description: Seconds to wait for another run that builds the same wheel.
    type: float
    default: 21600
  progress_interval:
    default: 30
attributes:
  check_mode:
    details: Says whether it would be built, and refuses what can be refused before anything is installed.
  diff_mode:
    support: none
seealso:
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Have flash-attn for this torch in the shared wheelhouse
  portable.model_env.wheel_build:
    wheelhouse: /shared/wheelhouse
    key:
      package: flash-attn
      version: 2.8.3.post2
      python_tag: cp311
      torch: "2.11"
      cuda: "130"
      cxx11abi: true
      platform: linux_x86_64
      libc: glibc2.36
      archs: ["90"]
    torch: [torch==2.11.0]
    build_tools: [ninja==1.13.0, packaging==25.0, psutil==7.1.3, wheel==0.45.1, setuptools==80.9.0]
    tools_lock: "{{ lookup('ansible.builtin.file', 'tools-requirements.txt') }}"
"""

RETURN = r"""
action:
  description: V(build) if it was compiled (or would be, in check mode), V(keep) if the wheelhouse has it.
  returned: success
  type: str
key:
  description: What the wheel is for; it may fit O(key) without being equal to it (an older glibc, more architectures).
  returned: success
  type: dict
slug:
  description: The key as the name of its folder.
  returned: success
  type: str
path:
  description: The wheel.
  returned: success, except in check mode where it would be built
  type: str
sha256:
  description: Its hash.
  returned: as path
  type: str
size:
  description: Its bytes.
  returned: as path
  type: int
origin:
  description: V(built), V(named) or V(released).
  returned: as path
  type: str
facts:
  description: >-
    How it was made. If it was built C(seconds) that it compiled, C(jobs) and C(threads) of the last attempt,
    C(attempts), C(steps) (compiled files), C(steps_before) (those of earlier runs), C(tools), C(compilers), C(log).
  returned: as path
  type: dict
seconds:
  description: Seconds that the call took.
  returned: as path
  type: float
error:
  description: The failure as data (kind, what, where, why, todo, log).
  returned: failure
  type: dict
"""

import os
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import arguments
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.installers.arguments import INSTALLING
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.build import (
    WheelBuildSettings,
    WheelRequest,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.wheel_build import (
    WheelBuildOptions,
    WheelBuildRunner,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

KEY: arguments.Arguments = {
    "package": {"type": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "commit": {"type": "str", "default": ""},
    "python_tag": {"type": "str", "required": True},
    "torch": {"type": "str", "required": True},
    "cuda": {"type": "str", "required": True},
    "cxx11abi": {"type": "bool", "required": True},
    "platform": {"type": "str", "required": True},
    "libc": {"type": "str", "required": True},
    "archs": {"type": "list", "elements": "str", "default": []},
}
ARGUMENTS: arguments.Arguments = {
    **arguments.TRUSTED_OWNERS,
    **arguments.INTERPRETERS,
    **INSTALLING,
    **arguments.BACKGROUND,
    "root": {"type": "path", "default": "/opt/model_env"},
    "wheelhouse": {"type": "path"},
    "wheel_cache": {"type": "str"},
    "key": {"type": "dict", "required": True, "options": KEY, "no_log": False},
    "torch": {"type": "list", "elements": "str", "required": True},
    "url": {"type": "str", "default": ""},
    "sha256": {"type": "str", "default": ""},
    "environment": {"type": "dict", "default": {}},
    "build_tools": {"type": "list", "elements": "str", "default": []},
    "max_jobs": {"type": "int", "default": 0},
    "gib_per_job": {"type": "float", "default": 0},
    "time_limit": {"type": "float", "default": 21600},
    "index_url": {"type": "str", "default": ""},
    "extra_index_urls": {"type": "list", "elements": "str", "default": []},
    "find_links": {"type": "list", "elements": "str", "default": []},
    "lock_wait": {"type": "float", "default": 21600},
    "progress_interval": {"type": "float", "default": 30},
}


def options(given: dict[str, Any]) -> WheelBuildOptions:
    """The module's parameters, as the runner takes them."""
    installing = InstallOptions(
        index_url=given["index_url"],
        extra_index_urls=given["extra_index_urls"],
        find_links=given["find_links"],
        timeout=given["timeout"],
        retries=given["retries"],
        retry_delay=given["retry_delay"],
    )
    build = WheelBuildSettings(
        installer=given["installer"],
        build_tools=given["build_tools"],
        interpreters=given["interpreters"],
        options=installing,
        max_jobs=given["max_jobs"],
        gib_per_job=given["gib_per_job"],
        time_limit=given["time_limit"],
    )
    return WheelBuildOptions(
        root=given["root"],
        wheelhouse=given["wheelhouse"] or os.path.join(given["root"], "wheelhouse"),
        tools_lock=given["tools_lock"],
        store=given["store"],
        lock_wait=given["lock_wait"],
        build=build,
        owners=Owners(given["trusted_owners"]),
    )


def request(given: dict[str, Any]) -> WheelRequest:
    """What is to be built."""
    key = WheelKey.from_dict({**given["key"], "package": canonicalize_name(given["key"]["package"])})
    if key.commit and not given["url"]:
        raise ModelEnvError("a commit needs the repository that it is of", todo="give url", kind="invalid")
    if not key.commit and not key.version:
        raise ModelEnvError("the key has neither version nor commit", todo="give one of them", kind="invalid")
    variables = {name: str(value) for name, value in given["environment"].items()}
    return WheelRequest(key, given["torch"], given["url"], given["sha256"], variables)


def main() -> None:
    """Entry point."""
    module = Module(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.given
    status = StatusFile(given["status_file"] or "")
    look = module.check_mode or given["only_look"]
    try:
        runner = WheelBuildRunner(CommandRunner(), options(given), os.environ, status, look)
        result = runner.run(request(given))
    except ModelEnvError as error:
        module.fail(error)
    if given["only_look"] and not module.check_mode and result["changed"]:
        result = {"changed": False, "more": True}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
