# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that an environment works by running it: what is imported, built and computed there, as verdicts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import api_keys, driver, gpus, judge, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prober import Prober
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import kernel_log
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import GpuState, NvidiaSmi

_GPU_REQUIRED = "a GPU is required"


@dataclass(frozen=True)
class Policies:
    """How strictly environments are checked.

    :ivar gpu: ``auto``: GPU checks fail only where the node has a GPU; ``required``: also where it has none; ``off``:
        they are not run.
    :ivar api_keys: ``auto``: a missing key is a skip; ``required``: a fail; ``off``: not looked at.
    :ivar api_keys_file: file of ``NAME=value`` lines that counts beside the environment ("" for none).
    :ivar timeout: seconds that each single check may take (an import from a cold network filesystem takes minutes).
    """

    gpu: str = verdicts.AUTO
    api_keys: str = verdicts.AUTO
    api_keys_file: str = ""
    timeout: float = 300.0

    @classmethod
    def of(cls, given: Mapping[str, Any], timeout: float) -> Policies:
        """From the arguments of a module (``arguments.py``: ``GPU`` and ``API_KEYS``)."""
        return cls(given["gpu"], given["api_keys"], given["api_keys_file"] or "", timeout)


def prove(
    runner: Runner,
    python: str,
    *,
    expect: Expectation,
    policies: Policies = Policies(),
    gpu: GpuState | None = None,
    environ: Mapping[str, str] | None = None,
    write_bytecode: bool = False,
) -> list[Verdict]:
    """Run every check that ``expect`` asks for, and return one verdict for each, in a fixed order.

    Never raises for what it finds: an interpreter that does not start, crashes or hangs is a fail of a check.

    :param runner: starts the processes.
    :param python: absolute path of the environment's interpreter.
    :param policies: how strictly.
    :param gpu: what ``NvidiaSmi.read`` returned, to read it once for many environments; None: read it here,
        if a check needs it.
    :param environ: the environment of the checks and of the API keys; None: this process's own.
    :param write_bytecode: let the imports leave ``__pycache__`` behind (True only while a release is being built).
    """
    environ = dict(os.environ if environ is None else environ)
    steps = judge.steps(expect)
    prober = Prober(runner, python, environ=environ, limit=policies.timeout, write_bytecode=write_bytecode)
    off = {check for check in judge.GPU_CHECKS if policies.gpu == verdicts.OFF}
    measured = prober.measure([step for step in steps if step.check not in off and step.action != "node"])
    found = []
    for step in steps:
        if step.check in off:
            verdict = judge.judge(step, judge.Measured(not_run="the GPU policy is off"))
        elif step.action in ("gpus", "node"):
            gpu = gpu or NvidiaSmi(runner).read()
            verdict = _of_node(runner, step, measured["gpu_visible"], gpu, environ.get("CUDA_VISIBLE_DEVICES"))
        else:
            verdict = judge.judge(step, measured[step.check])
        if step.check in judge.GPU_CHECKS:
            verdict = verdicts.by_policy(policies.gpu, verdict, _GPU_REQUIRED)
        found.append(verdict)
    return found + _api_keys(expect.api_keys, environ, policies)


def demand(found: list[Verdict], *, what: str, where: str, todo: str) -> None:
    """Go on only if no check failed.

    :param what: what failed, and what that means; follows the numbers.
    :param where: the environment.
    :param todo: what to do about it.
    :raises ModelEnvError: kind ``checks``, with all verdicts in ``details``.
    """
    if verdicts.overall(found) == verdicts.FAIL:
        failed = verdicts.explain(found)
        raise ModelEnvError(
            f"{len(failed)} of {len(found)} checks {what}",
            where=where,
            why="; ".join(failed),
            todo=todo,
            kind="checks",
            details={"verdicts": found},
        )


def _of_node(
    runner: Runner, step: judge.Step, seen: judge.Measured, gpu: GpuState, visible_devices: str | None
) -> Verdict:
    """A verdict about the node's GPUs and driver, with what torch sees of them."""
    node = {**gpu.as_dict(), "broken": gpu.broken}
    if step.check == "gpu_health":
        return gpus.health(node, kernel_log.xids(runner) if gpu.gpus else None)
    if seen.error or seen.blocked or seen.not_run:
        if step.action == "gpus":
            return judge.judge(step, seen)
        why = f"{seen.blocked} does not import, as an earlier check says" if seen.blocked else "torch was not asked"
        return verdicts.make(step.check, verdicts.SKIP, None, f"not run: {why}")
    if step.check == "driver":
        return driver.for_build(seen.value["built"], node)
    return gpus.visible(seen.value, node, visible_devices, seen.seconds)


def _api_keys(names: Sequence[str], environ: Mapping[str, str], policies: Policies) -> list[Verdict]:
    text = trouble = ""
    file = policies.api_keys_file
    if names and file:
        try:
            with open(file, encoding="utf-8", errors="replace") as handle:
                text = handle.read()
        except OSError as error:
            trouble = error.strerror or str(error)
    return api_keys.judge(names, environ, api_keys.names_in(text), policies.api_keys, file, trouble)
