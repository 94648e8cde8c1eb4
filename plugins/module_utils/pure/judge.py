# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps an environment's spec asks for, and what their measurements mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.pure import judge_driver, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.pure.torch_builds import cuda_version
from ansible_collections.portable.model_env.plugins.module_utils.pure.verdicts import Verdict

# What non-maximum suppression at 0.5 must keep of the probe's four boxes.
NMS_KEPT = [0, 2, 3]
GPU_CHECKS = ("gpu_visible", "nms_cuda")


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


def steps(expect: Mapping[str, Any]) -> list[Step]:
    """The steps for a spec, in the order in which they run.

    torch comes first and alone, so that what is proven of it does not depend on what other packages did to it; the GPU
    comes last, because a driver that hangs must not keep the rest from being known.

    :param expect: normal form of a spec, or the part of it that ``prove`` names.
    """
    wanted = {"python": expect.get("python") or "", "isolated": expect.get("isolated", True)}
    found = [Step("interpreter", "interpreter", wanted=wanted)]
    torch = expect.get("torch") or {}
    versions = {"torch": torch.get("version"), **{name: torch.get(name) for name in ("torchvision", "torchaudio")}}
    builds = [name for name, version in versions.items() if version]
    for name in builds:
        # torchaudio does not say what it was built for.
        cuda = None if name == "torchaudio" else _cuda(torch)
        found.append(Step(f"{name}_build", "build", {"module": name}, {"version": versions[name], "cuda": cuda}))
    if "torchvision" in builds:
        found.append(Step("nms_cpu", "nms", {"device": "cpu"}))
    found.extend(
        Step(f"import:{name}", "import", {"module": name}) for name in dict.fromkeys(expect.get("imports") or [])
    )
    if builds:
        found.append(Step("gpu_visible", "gpus"))
        if "torchvision" in builds:
            found.append(Step("nms_cuda", "nms", {"device": "cuda:0"}))
    return found


def _cuda(torch: Mapping[str, Any]) -> str | None:
    """The CUDA version that a build must have, "" for the CPU; None: any."""
    build = str(torch.get("cuda") or "")
    return cuda_version(build) if build else torch.get("cuda_version")


def judge(step: Step, measured: Measured) -> Verdict:
    """The verdict of one step, before any policy; ``gpu_visible`` is judged by ``judge_gpus`` instead."""
    if measured.blocked or measured.not_run:
        why = measured.not_run or f"{measured.blocked} does not import, as an earlier check says"
        return verdicts.make(step.check, verdicts.SKIP, None, f"not run: {why}", measured.seconds)
    if measured.error:
        return verdicts.make(step.check, verdicts.FAIL, measured.value, measured.error, measured.seconds)
    if step.action == "nms" and measured.value is None:
        return verdicts.make(step.check, verdicts.SKIP, None, "torch sees no GPU", measured.seconds)
    problem = _PROBLEMS[step.action](measured.value, step.wanted)
    verdict = verdicts.FAIL if problem else verdicts.PASS
    return verdicts.make(step.check, verdict, measured.value, problem, measured.seconds)


def judge_gpus(measured: Measured, node: Mapping[str, Any], visible_devices: str | None) -> Verdict:
    """The verdict of ``gpu_visible``: what torch sees against what the driver lists.

    :param measured: the probe's answer: ``built`` (CUDA of torch, None for the CPU), ``gpus``, ``error``.
    :param node: ``GpuState.as_dict()`` plus ``broken``.
    :param visible_devices: CUDA_VISIBLE_DEVICES of the process; None: not set.
    """
    step = Step("gpu_visible", "gpus")
    if measured.error or measured.blocked or measured.not_run:
        return judge(step, measured)
    seen = measured.value["gpus"]
    value = {
        "torch": seen,
        "node": [gpu["name"] for gpu in node["gpus"]],
        "driver": node["driver"],
        "cuda": node["cuda"],
    }
    verdict, reason = _compare_gpus(measured.value, node, visible_devices)
    return verdicts.make("gpu_visible", verdict, value, reason, measured.seconds)


def _compare_gpus(torch: Mapping[str, Any], node: Mapping[str, Any], visible_devices: str | None) -> tuple[str, str]:
    seen, listed = len(torch["gpus"]), len(node["gpus"])
    if not torch["built"]:
        return verdicts.SKIP, "this torch is built for the CPU and never sees a GPU"
    if visible_devices is not None and visible_devices.strip() in ("", "-1") and not seen:
        return verdicts.SKIP, f"CUDA_VISIBLE_DEVICES={visible_devices.strip()!r} hides every GPU"
    if not seen and not listed:
        return (verdicts.FAIL if node["broken"] else verdicts.SKIP), str(node["reason"])
    if not seen:
        return verdicts.FAIL, _why_unseen(torch, node)
    if not listed:
        return verdicts.PASS, f"torch sees {_gpus(seen)}; not compared with the driver's list, as {node['reason']}"
    if visible_devices is not None:
        return verdicts.PASS, f"torch sees {seen} of {_gpus(listed)} with CUDA_VISIBLE_DEVICES={visible_devices!r}"
    if any(gpu["mig"] == "Enabled" for gpu in node["gpus"]):
        return verdicts.PASS, "MIG is on, where a process sees one slice, so the numbers are not compared"
    if seen != listed:
        return verdicts.FAIL, f"torch sees {_gpus(seen)}, but the driver lists {listed}"
    return verdicts.PASS, ""


def _why_unseen(torch: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    reason = f"the driver lists {_gpus(len(node['gpus']))}, but torch sees none"
    if judge_driver.too_old(str(torch["built"]), str(node["cuda"])):
        return f"{reason}: {judge_driver.explain(str(torch['built']), node)}"
    return f"{reason}: {torch['error']}" if torch["error"] else reason


def _gpus(number: int) -> str:
    return "1 GPU" if number == 1 else f"{number} GPUs"


def _interpreter_problem(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    problems = []
    want = str(wanted["python"])
    if want and not same_release(value["version"], want, prefix=True):
        problems.append(f"Python is {value['version']}, and the spec wants {want}")
    if wanted["isolated"] and not value["venv"]:
        problems.append(f"{value['prefix']} is not a virtual environment")
    elif wanted["isolated"] and value["outside"]:
        problems.append(f"it sees packages outside of the environment, in {', '.join(value['outside'])}")
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


_PROBLEMS = {"interpreter": _interpreter_problem, "build": _build_problem, "nms": _nms_problem, "import": _no_problem}


def same_release(found: str, wanted: str, prefix: bool = False) -> bool:
    """Whether two versions are the same, local parts (``+cu124``) and trailing zeros aside.

    :param prefix: ``wanted`` may be shorter than ``found``: 3.11 stands for every 3.11.x.
    """
    have, want = found.partition("+")[0].split("."), wanted.partition("+")[0].split(".")
    if prefix:
        have = have[: len(want)]
    length = max(len(have), len(want))
    return have + ["0"] * (length - len(have)) == want + ["0"] * (length - len(want))
