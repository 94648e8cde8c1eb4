# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps an environment's spec asks for, and what their measurements mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import (
    InvalidVersion,
    Version,
)
from ansible_collections.portable.model_env.plugins.module_utils.checks import compute, gpus, linker_errors, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch
from ansible_collections.portable.model_env.plugins.module_utils.specs.torch_builds import cuda_version

# What non-maximum suppression at 0.5 must keep of the probe's four boxes.
NMS_KEPT = [0, 2, 3]
GPU_CHECKS = (
    "gpu_visible", "driver", "gpu_health", "gpu_memory", "compute_capability",
    "matmul_cuda:float32", "matmul_cuda:tf32", "matmul_cuda:bfloat16", "matmul_cuda:float16",
    "conv_cudnn", "nms_cuda", "flash_attention", "nccl", "gpu_rate",
)  # fmt: skip
# Of these, what is known of the node alone: nothing runs in the environment for them.
NODE_CHECKS = ("driver", "gpu_health")


@dataclass(frozen=True)
class Step:
    """One thing to measure inside the environment.

    :ivar check: name of the check, which is unique in a list of steps.
    :ivar action: name of the probe's action.
    :ivar args: its arguments.
    :ivar wanted: what the spec wants, for ``judge``.
    """

    check: str
    action: str
    args: Mapping[str, Any] = field(default_factory=dict)
    wanted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What a step gave.

    :ivar value: what the action returned.
    :ivar error: what went wrong instead ("" if nothing did).
    :ivar blocked: the module that a step before had failed to import, so that this one was not tried.
    :ivar not_run: another reason why it was not tried.
    :ivar timed_out: the error is the time limit.
    """

    value: Any = None
    error: str = ""
    blocked: str = ""
    not_run: str = ""
    seconds: float = 0.0
    timed_out: bool = False


def steps(expect: Expectation) -> list[Step]:
    """The steps that are asked for, in the order in which they run.

    torch comes first and alone, so that what is proven of it does not depend on what other packages did to it; the GPU
    comes last, because a driver that hangs must not keep the rest from being known.
    """
    wanted = {"python": expect.python, "isolated": expect.isolated, "closed": expect.closed}
    found = [Step("interpreter", "interpreter", wanted=wanted)]
    torch = expect.torch
    versions = (
        {"torch": torch.version, "torchvision": torch.torchvision, "torchaudio": torch.torchaudio} if torch else {}
    )
    builds = [name for name, version in versions.items() if version]
    for name in builds:
        # torchaudio does not say what it was built for.
        cuda = None if name == "torchaudio" or torch is None else _cuda(torch)
        found.append(Step(f"{name}_build", "build", {"module": name}, {"version": versions[name], "cuda": cuda}))
    if builds:
        found.extend(
            Step(f"matmul_cpu:{kind}", "matmul", {"device": "cpu", "kind": kind}) for kind in ("float32", "bfloat16")
        )
        found.append(Step("conv_cpu", "conv", {"device": "cpu"}))
    if "torchvision" in builds:
        found.append(Step("nms_cpu", "nms", {"device": "cpu"}))
    extensions = expect.torch_extensions
    modules = [*expect.imports, *(name for entry in extensions for name in entry.imports)]
    found.extend(Step(f"import:{name}", "import", {"module": name}) for name in dict.fromkeys(modules))
    flash = any(entry.name == compute.ATTENTION_PACKAGE for entry in extensions)
    return found + (_gpu_steps("torchvision" in builds, flash) if builds else [])


def _gpu_steps(vision: bool, flash: bool) -> list[Step]:
    """From what only looks to what loads the GPUs most."""
    kinds = ("float32", "tf32", "bfloat16", "float16")
    return [
        Step("gpu_visible", "gpus"),
        *(Step(check, "node") for check in NODE_CHECKS),
        Step("gpu_memory", "memory"),
        Step("compute_capability", "capability"),
        *(Step(f"matmul_cuda:{kind}", "matmul", {"device": "cuda", "kind": kind}) for kind in kinds),
        Step("conv_cudnn", "conv", {"device": "cuda"}),
        *([Step("nms_cuda", "nms", {"device": "cuda:0"})] if vision else []),
        *([Step("flash_attention", "attention")] if flash else []),
        Step("nccl", "nccl"),
        Step("gpu_rate", "rate"),
    ]


def _cuda(torch: Torch) -> str | None:
    """The CUDA version that a build must have, "" for the CPU; None: any."""
    return cuda_version(torch.cuda) if torch.cuda else None


def judge(step: Step, measured: Measured) -> Verdict:
    """The verdict of one step, before any policy; those about the node itself are judged by ``judge_gpu``."""
    if measured.blocked or measured.not_run:
        why = measured.not_run or f"{measured.blocked} does not import, as an earlier check says"
        return verdicts.make(step.check, verdicts.SKIP, None, f"not run: {why}", measured.seconds)
    value = measured.value
    if measured.error:
        why = linker_errors.cause(measured.error)
        reason = f"{why}; {measured.error}" if why else measured.error
        return verdicts.make(step.check, verdicts.FAIL, value, reason, measured.seconds)
    if value is None and step.check in GPU_CHECKS:
        return verdicts.make(step.check, verdicts.SKIP, None, "torch sees no GPU", measured.seconds)
    if step.action in ("matmul", "conv") and not any(error is not None for error in value["errors"].values()):
        return verdicts.make(step.check, verdicts.SKIP, value, "no GPU here has this arithmetic", measured.seconds)
    problem = _PROBLEMS[step.action](value, step.wanted)
    if problem:
        return verdicts.make(step.check, verdicts.FAIL, value, problem, measured.seconds)
    word, remark = _REMARKS.get(step.action, (verdicts.PASS, _nothing))
    said = remark(value)
    return verdicts.make(step.check, word if said else verdicts.PASS, value, said, measured.seconds)


def _interpreter_problem(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    problems = []
    want = str(wanted["python"])
    if want and not same_release(value["version"], want, prefix=True):
        problems.append(f"Python is {value['version']}, and the spec wants {want}")
    if wanted["isolated"] and not value["venv"]:
        problems.append(f"{value['prefix']} is not a virtual environment")
    elif wanted["isolated"] and value["outside"]:
        problems.append(f"it sees packages outside of the environment, in {', '.join(value['outside'])}")
    if wanted["closed"] and value["injected"]:
        problems.append(f"a .pth file lets it import from {', '.join(value['injected'])}")
    return "; ".join(problems)


def _build_problem(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    problems = []
    if not same_release(value["version"], str(wanted["version"])):
        problems.append(f"its version is {value['version']}, and the spec wants {wanted['version']}")
    built, want = value.get("cuda") or "", wanted["cuda"]
    if want is not None and built != want:
        problems.append(f"it is built for {_target(built)}, and the spec wants {_target(want)}")
    return "; ".join(problems)


def _target(cuda: str) -> str:
    return f"CUDA {cuda}" if cuda else "the CPU"


def _nms_problem(value: Any, _wanted: Mapping[str, Any]) -> str:
    if value == NMS_KEPT:
        return ""
    return f"torchvision.ops.nms kept the boxes {value} of a known case, where {NMS_KEPT} is right"


def _no_problem(_value: Any, _wanted: Mapping[str, Any]) -> str:
    return ""


def _nothing(_value: Any) -> str:
    return ""


_PROBLEMS: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "interpreter": _interpreter_problem,
    "build": _build_problem,
    "nms": _nms_problem,
    "import": _no_problem,
    "matmul": compute.matmul_problem,
    "conv": compute.conv_problem,
    "capability": gpus.capability_problem,
    "memory": _no_problem,
    "attention": compute.attention_problem,
    "nccl": compute.nccl_problem,
    "rate": _no_problem,
}
# What is worth a word though nothing is wrong, and how loudly it is said.
_REMARKS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "memory": (verdicts.WARN, gpus.memory_remark),
    "rate": (verdicts.PASS, compute.rate_remark),
}


def same_release(found: str, wanted: str, prefix: bool = False) -> bool:
    """Whether two versions are the same, local parts (``+cu124``) and trailing zeros aside.

    :param prefix: ``wanted`` may be shorter than ``found``: 3.11 stands for every 3.11.x.
    """
    try:
        have, want = Version(found), Version(wanted)
    except InvalidVersion:
        return found == wanted
    if prefix:
        return have.release[: len(want.release)] == want.release
    return Version(have.public) == Version(want.public)
