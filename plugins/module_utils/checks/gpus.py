# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's GPUs mean for an environment: seen, healthy, and of a kind that torch was compiled for. Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import driver, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import FAIL, PASS, SKIP, WARN, Verdict

_LEAST_FREE_MIB = 1024
_XIDS_SHOWN = 3
# Xid errors after which NVIDIA's "Xid Errors" guide asks for a reset, a restart or a repair: uncorrectable memory (48,
# 95), a failed remapping of rows (64), a halted controller (62), off the bus (79), the GPU's own processor (119, 120).
FATAL_XIDS = (48, 62, 64, 79, 95, 119, 120)


def visible(torch: Mapping[str, Any], node: Mapping[str, Any], visible_devices: str | None, seconds: float) -> Verdict:
    """The verdict of ``gpu_visible``: what torch sees against what the driver lists.

    :param torch: the probe's answer: ``built`` (CUDA of torch, None for the CPU), ``gpus``, ``error``.
    :param node: ``GpuState.as_dict()`` plus ``broken``.
    :param visible_devices: CUDA_VISIBLE_DEVICES of the process; None: not set.
    """
    value = {
        "torch": torch["gpus"],
        "node": [gpu["name"] for gpu in node["gpus"]],
        "driver": node["driver"],
        "cuda": node["cuda"],
    }
    verdict, reason = _compare(torch, node, visible_devices)
    return verdicts.make("gpu_visible", verdict, value, reason, seconds)


def health(node: Mapping[str, Any], xids: Sequence[tuple[str, int]] | None) -> Verdict:
    """The verdict of ``gpu_health``: what the driver says about its GPUs, and the kernel about the driver.

    :param node: ``GpuState.as_dict()`` plus ``broken``.
    :param xids: PCI address and number of each Xid error since the node started; None: the log may not be read.
    """
    if not node["gpus"]:
        return verdicts.make("gpu_health", FAIL if node["broken"] else SKIP, None, str(node["reason"]))
    keys = ("index", "ecc", "ecc_uncorrectable", "persistence", "mig", "mig_devices", "memory_free_mib")
    value: dict[str, Any] = {"gpus": [{key: gpu[key] for key in keys} for gpu in node["gpus"]]}
    value["xids"] = None if xids is None else [list(xid) for xid in xids]
    bad: list[str] = []
    doubtful: list[str] = []
    if node["lost"]:
        bad.append(str(node["lost"]))
    elif node["attached"] > len(node["gpus"]):
        bad.append(f"nvidia-smi counts {node['attached']} GPUs and describes {len(node['gpus'])}")
    for gpu in node["gpus"]:
        name = f"GPU {gpu['index']}"
        bad += [f"{name} {fault}" for fault in gpu["faults"]]
        if gpu["ecc_uncorrectable"]:
            bad.append(
                f"{name} has had {gpu['ecc_uncorrectable']} uncorrectable memory errors since the driver started"
            )
    for fatal in (True, False):
        found = [f"Xid {number} of {place}" for place, number in xids or () if (number in FATAL_XIDS) == fatal]
        if found:
            rest = f" and {len(found) - _XIDS_SHOWN} more" if len(found) > _XIDS_SHOWN else ""
            text = f"the kernel's log has {', '.join(found[:_XIDS_SHOWN])}{rest}"
            (bad if fatal else doubtful).append(text)
    if bad or doubtful:
        return verdicts.make("gpu_health", FAIL if bad else WARN, value, "; ".join(bad + doubtful))
    unread = "the kernel's log may not be read, so Xid errors are not known" if xids is None else ""
    return verdicts.make("gpu_health", PASS, value, unread)


def none_seen(value: object) -> str:
    """Why a value that needs a GPU says nothing; "" if it says something."""
    return "torch sees no GPU" if value is None else ""


def capability_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """Which GPUs torch has no kernels for; "" if none."""
    without = sorted({gpu for gpu in value["gpus"] if not _runs(gpu, value["compiled"])})
    if not without:
        return ""
    return (
        f"torch was compiled for {', '.join(value['compiled'])}, and has no kernels for compute capability "
        f"{', '.join(without)}; choose a build of torch that has"
    )


def memory_remark(value: Sequence[Mapping[str, int]]) -> str:
    """Which GPUs have next to no free memory; "" if none."""
    full = [f"GPU {i} has {m['free_mib']} of {m['total_mib']} MiB free" for i, m in enumerate(value)
            if m["free_mib"] < _LEAST_FREE_MIB]  # fmt: skip
    return f"{'; '.join(full)}; another process has taken it" if full else ""


def _runs(gpu: str, compiled: Sequence[str]) -> bool:
    """Whether one of the targets runs on a GPU.

    Machine code (sm_XY) runs within its major version, from its minor version on; sm_XYa on exactly that one, sm_XYf
    like sm_XY; PTX (compute_XY) is compiled for anything newer (CUDA C++ Programming Guide, "Application
    Compatibility").
    """
    major, minor = (int(part) for part in gpu.split("."))
    for target in compiled:
        match = re.fullmatch(r"(sm|compute)_(\d+)(\d)([af]?)", target)
        if match is None:
            continue
        kind, of_major, of_minor, suffix = match[1], int(match[2]), int(match[3]), match[4]
        if suffix == "a":
            fits = (major, minor) == (of_major, of_minor)
        elif kind == "sm":
            fits = major == of_major and minor >= of_minor
        else:
            fits = (major, minor) >= (of_major, of_minor)
        if fits:
            return True
    return False


def _compare(torch: Mapping[str, Any], node: Mapping[str, Any], visible_devices: str | None) -> tuple[str, str]:
    seen, listed = len(torch["gpus"]), len(node["gpus"])
    if not torch["built"]:
        return SKIP, "this torch is built for the CPU and never sees a GPU"
    if visible_devices is not None and visible_devices.strip() in ("", "-1") and not seen:
        return SKIP, f"CUDA_VISIBLE_DEVICES={visible_devices.strip()!r} hides every GPU"
    if not seen and not listed:
        return (FAIL if node["broken"] else SKIP), str(node["reason"])
    if not seen:
        return FAIL, _why_unseen(torch, node)
    if not listed:
        return PASS, f"torch sees {_gpus(seen)}; not compared with the driver's list, as {node['reason']}"
    if visible_devices is not None:
        return PASS, f"torch sees {seen} of {_gpus(listed)} with CUDA_VISIBLE_DEVICES={visible_devices!r}"
    if any(gpu["mig"] == "Enabled" for gpu in node["gpus"]):
        return PASS, "MIG is on, where a process sees one slice, so the numbers are not compared"
    if seen != listed:
        return FAIL, f"torch sees {_gpus(seen)}, but the driver lists {listed}"
    return PASS, ""


def _why_unseen(torch: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    reason = f"the driver lists {_gpus(len(node['gpus']))}, but torch sees none"
    if driver.too_old(str(torch["built"]), str(node["cuda"])):
        return f"{reason}: {driver.explain(str(torch['built']), node)}"
    return f"{reason}: {torch['error']}" if torch["error"] else reason


def _gpus(number: int) -> str:
    return "1 GPU" if number == 1 else f"{number} GPUs"
