# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node's driver runs what is built, or will be built, for CUDA. Pure.

The rule is that of CUDA's major versions: within one, any driver of that major runs any build ("minor version
compatibility", CUDA Compatibility guide of NVIDIA); across majors an older driver does not.
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch
from ansible_collections.portable.model_env.plugins.module_utils.specs.torch_builds import cuda_version

CHECK = "driver"
REQUIRED = "a GPU is required"


def too_old(built: str, runs: str) -> bool:
    """Whether a driver is too old for a build.

    :param built: CUDA of the build, e.g. ``12.4``.
    :param runs: highest CUDA of the driver; "" if unknown, which is never too old.
    """
    return bool(built and runs) and int(built.partition(".")[0]) > int(runs.partition(".")[0])


def explain(built: str, node: Mapping[str, Any]) -> str:
    """Why a build does not run, as the end of a sentence, and what to do.

    :param node: ``GpuState.as_dict()``.
    """
    return f"it is built for CUDA {built}, and driver {node['driver']} runs CUDA up to {node['cuda']}; {_cure(node)}"


def for_build(built: str | None, node: Mapping[str, Any]) -> Verdict:
    """The verdict of ``driver`` for a torch that is there.

    :param built: CUDA that it is built for; None or "": the CPU.
    :param node: ``GpuState.as_dict()`` plus ``broken``.
    """
    value = {"torch": built or "", "driver": node["driver"], "cuda": node["cuda"]}
    if not built:
        return verdicts.make(CHECK, verdicts.SKIP, value, "this torch is built for the CPU and needs no driver")
    if not node["driver"] and node["kind"]:
        word = verdicts.FAIL if node["broken"] else verdicts.SKIP
        return verdicts.make(CHECK, word, value, str(node["reason"]))
    if too_old(built, str(node["cuda"])):
        return verdicts.make(CHECK, verdicts.FAIL, value, f"torch does not run: {explain(built, node)}")
    if not node["cuda"]:
        return verdicts.make(CHECK, verdicts.SKIP, value, "the driver does not say which CUDA it runs")
    return verdicts.make(CHECK, verdicts.PASS, value)


def for_builds(builds: Mapping[str, Torch], node: Mapping[str, Any] | None, policy: str) -> Verdict:
    """The verdict of ``driver`` before anything is built.

    :param builds: what environments want of torch, by their names.
    :param node: as for :func:`for_build`; None: nobody looked.
    :param policy: of the GPU checks.
    """
    cuda = {name: cuda_version(block.cuda) for name, block in builds.items()}
    cuda = {name: version for name, version in cuda.items() if version}
    if node is None or policy == verdicts.OFF:
        return verdicts.make(CHECK, verdicts.SKIP, None, "the GPU policy is off")
    value = {"builds": cuda, "driver": node["driver"], "cuda": node["cuda"], "gpus": [g["name"] for g in node["gpus"]]}
    if node["kind"]:
        word = verdicts.FAIL if node["broken"] else verdicts.SKIP
        found = verdicts.make(CHECK, word, value, str(node["reason"]), cure="mend the driver" if node["broken"] else "")
        return verdicts.by_policy(policy, found, REQUIRED) if cuda else found
    old = [f"{name} (CUDA {version})" for name, version in cuda.items() if too_old(version, str(node["cuda"]))]
    if old:
        reason = f"driver {node['driver']} runs CUDA up to {node['cuda']}, too old for {', '.join(old)}"
        return verdicts.make(CHECK, verdicts.FAIL, value, reason, cure=_cure(node))
    return verdicts.make(CHECK, verdicts.PASS, value)


def _cure(node: Mapping[str, Any]) -> str:
    return f"update the driver, or choose a build for CUDA {str(node['cuda']).partition('.')[0]}"
