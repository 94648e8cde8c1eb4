#!/usr/bin/python
# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that model environments work, by running them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Prove that model environments work, by running them
version_added: 0.1.0
description:
  - Runs checks in the environments of a root, or in an environment that this collection did not build, and returns a
    verdict for each, with what was measured and why it is not a pass.
  - Imports what the spec names, compares the build of torch with the spec, runs C(torchvision.ops.nms) on a known case,
    compares what was installed by hand, and compares the GPUs that torch sees with those that the driver lists.
  - The checks of an environment share one process. A check that crashes, ends or hangs the interpreter is a fail of
    that check, and the rest run in a new process.
  - Fails if any check of any environment fails; the verdicts are in the result all the same.
  - Changes nothing, not even bytecode files in the environments. The packages that are imported are code, which runs as
    the user of the task.
extends_documentation_fragment:
  - portable.model_env.attributes.read_only
  - portable.model_env.environments.trusted_owners
  - portable.model_env.environments.indexes
  - portable.model_env.environments.locks
  - portable.model_env.checks
  - portable.model_env.checks.api_keys
options:
  root:
    description: Absolute path of the folder that holds the environments.
    type: path
  names:
    description:
      - Names of the environments to verify.
      - If omitted, those of O(specs), and without O(specs) every one under O(root).
    type: list
    elements: str
  specs:
    description:
      - Specs by name, as in C(model_env_specs). See the page C(docs/specs.md) of the collection.
      - An environment must have been built from its spec, and is checked against it.
      - An environment without a spec here is checked against its own receipt.
    type: dict
  python:
    description: Path of the interpreter of an environment that this collection did not build.
    type: path
  expect:
    description: What the environment of O(python) must be. What is not named is not checked.
    type: dict
    suboptions:
      name:
        description: Name of the environment in the result; the path of the interpreter if omitted.
        type: str
      python:
        description: Version of Python, V(3.11) or V(3.11.7).
        type: str
      isolated:
        description: It must be a virtual environment that does not see the packages of its base interpreter.
        type: bool
        default: true
      torch:
        description: Versions and build of torch.
        type: dict
        suboptions:
          version:
            description: Version of torch without its local part, V(2.5.1).
            type: str
            required: true
          torchvision:
            description: Version of torchvision; not checked if omitted.
            type: str
          torchaudio:
            description: Version of torchaudio; not checked if omitted.
            type: str
          cuda:
            description: Build of torch and torchvision, V(cu124) or V(cpu); not checked if omitted.
            type: str
      imports:
        description: Modules that must import.
        type: list
        elements: str
        default: []
      api_keys:
        description: Names of environment variables that must be set.
        type: list
        elements: str
        default: []
  verify:
    description:
      - V(size) compares what an environment of O(root) holds with its receipt by version, and by size and time of
        RECORD.
      - V(full) also reads every file of it, and compares it with the checksum that the installer recorded. That finds a
        file that was edited in place, and takes as long as reading the environment from disk.
    type: str
    choices: [size, full]
    default: size
  timeout:
    description:
      - Seconds that one check may take. After three checks that took longer, the rest of that environment's are
        skipped.
    type: float
    default: 300
attributes:
  check_mode:
    details: It changes nothing and runs the same checks.
seealso:
  - module: portable.model_env.plan
  - module: portable.model_env.release
author:
  - portable.model_env contributors (@portable)
"""

EXAMPLES = r"""
- name: Verify every environment of a node
  portable.model_env.verify:
    root: /opt/model_env

- name: Verify one on a node that must have a GPU
  portable.model_env.verify:
    root: /opt/model_env
    names: [svd]
    gpu: required

- name: Check API keys, also those in a file
  portable.model_env.verify:
    root: /opt/model_env
    names: [luma]
    api_keys: required
    api_keys_file: /etc/model_env/api_keys

- name: Verify a virtual environment that something else built
  portable.model_env.verify:
    python: /srv/venvs/train/bin/python
    expect:
      python: "3.11"
      torch:
        version: "2.5.1"
        torchvision: "0.20.1"
        cuda: cu124
      imports: [torch, diffusers]
"""

RETURN = r"""
environments:
  description: One entry for each environment, in the order of O(names).
  returned: always, unless the root cannot be read
  type: list
  elements: dict
  contains:
    name:
      description: Name of the environment.
      type: str
    python:
      description: Path of its interpreter.
      type: str
    verdict:
      description: V(fail) if any of its checks failed, else V(pass).
      type: str
    summary:
      description: The numbers in words.
      type: str
      sample: 12 pass, 2 skip
    failures:
      description: One line, check and reason, for each fail.
      type: list
      elements: str
    warnings:
      description: One line, check and reason, for each warning.
      type: list
      elements: str
    skips:
      description: One line, check and reason, for each skip.
      type: list
      elements: str
    verdicts:
      description: All verdicts, in the order of the checks.
      type: list
      elements: dict
      contains:
        check:
          description: Name of the check.
          type: str
          sample: torch_build
        verdict:
          description: One of V(pass), V(fail), V(warn), V(skip).
          type: str
        value:
          description: What was measured.
          type: raw
        reason:
          description: Why it is not a pass, or what to know about a pass.
          type: str
        seconds:
          description: How long the check took.
          type: float
    seconds:
      description: How long the environment took.
      type: float
failed_environments:
  description: Names of those with a fail.
  returned: always, unless the root cannot be read
  type: list
  elements: str
summary:
  description: One line for all environments.
  returned: always, unless the root cannot be read
  type: str
  sample: "3 environments: 32 pass, 4 skip"
gpu:
  description:
    - What the driver of the node says; null with O(gpu=off).
    - C(kind) and C(reason) say why there is no GPU, C(driver) and C(cuda) are the version of the driver and the highest
      CUDA that it runs, C(gpus) are the GPUs with index, uuid, name, memory_mib, architecture, compute_capability, mig,
      mig_devices, ecc, ecc_uncorrectable, persistence, memory_free_mib and faults, C(attached) and C(lost) say whether
      it can describe all of them.
  returned: always, unless the root cannot be read
  type: dict
error:
  description: The failure as data.
  returned: failure
  type: dict
"""

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import arguments, strict
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.module import Module
from ansible_collections.portable.model_env.plugins.module_utils.releases import verify
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch, read_specs

_EXPECT = {
    "name": {"type": "str"},
    "python": {"type": "str"},
    "isolated": {"type": "bool", "default": True},
    "torch": {
        "type": "dict",
        "options": {
            "version": {"type": "str", "required": True},
            "torchvision": {"type": "str"},
            "torchaudio": {"type": "str"},
            "cuda": {"type": "str"},
        },
    },
    "imports": {"type": "list", "elements": "str", "default": []},
    # Names of variables, not their values.
    "api_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
}


def _expectation(given: dict[str, Any]) -> Expectation:
    """What the option C(expect) says."""
    torch = {"cuda": "", **{key: value or "" for key, value in (given.get("torch") or {}).items()}}
    return Expectation(
        python=given.get("python") or "",
        torch=strict.read(Torch, torch) if given.get("torch") else None,
        imports=given.get("imports") or [],
        api_keys=given.get("api_keys") or [],
        isolated=given.get("isolated", True),
    )


def main() -> None:
    """Entry point."""
    module = Module(
        argument_spec={
            **arguments.TRUSTED_OWNERS,
            **arguments.INDEXES,
            **arguments.LOCKS,
            **arguments.GPU,
            **arguments.API_KEYS,
            "root": {"type": "path"},
            "names": {"type": "list", "elements": "str"},
            # The action plugin of the same name has replaced the specs by their normal forms.
            "specs": {"type": "dict"},
            "python": {"type": "path"},
            "expect": {"type": "dict", "options": _EXPECT},
            "verify": {"type": "str", "choices": ["size", "full"], "default": "size"},
            "timeout": {"type": "float", "default": 300},
        },
        required_one_of=[("root", "python")],
        mutually_exclusive=[("root", "python"), ("python", "names"), ("python", "specs"), ("root", "expect")],
        supports_check_mode=True,
    )
    given = module.given
    policies = Policies.of(given, timeout=given["timeout"])
    verifier = verify.Verifier(
        CommandRunner(), policies, full=given["verify"] == "full", owners=Owners(given["trusted_owners"])
    )
    try:
        if given["python"]:
            expect = given["expect"] or {}
            rows = [verifier.interpreter(given["python"], _expectation(expect), expect.get("name") or "")]
        else:
            rows = verifier.root(given["root"], given["names"], read_specs(given["specs"]))
    except ModelEnvError as error:
        module.fail(error)
    result = verify.result(rows, verifier.gpu)
    failure = verify.failure(rows)
    if failure is not None:
        module.fail(failure, **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
