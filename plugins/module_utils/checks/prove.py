# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that an environment works by running it: what is imported, built and computed there, as verdicts."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import api_keys, check, table, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Check, Measured, Node, verdict_of
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.probe_runner import ProbeRunner
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import kernel_log
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import GpuState, NvidiaSmi


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

    def for_needs(self, needs: str) -> str:
        """The policy of a check that needs a GPU or an API key; of one that needs neither, ``auto``."""
        return {check.GPU: self.gpu, check.API_KEYS: self.api_keys}.get(needs, verdicts.AUTO)


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
    asked = table.asked(expect)
    on = [one for one in asked if policies.for_needs(one.needs) != verdicts.OFF]
    probes = ProbeRunner(runner, python, environ=environ, limit=policies.timeout, write_bytecode=write_bytecode)
    measured = probes.measure({one.name: one.probe for one in on if one.probe is not None})
    measured.update(_api_keys([one for one in on if one.needs == check.API_KEYS], environ, policies.api_keys_file))
    node = _node(runner, gpu, environ) if any(one.on_node for one in on) else None
    found = []
    for one in asked:
        if one in on:
            verdict = verdict_of(one, _measured(one, measured), expect, node)
            found.append(verdicts.by_policy(policies.for_needs(one.needs), verdict, check.UNMET.get(one.needs, "")))
        else:
            found.append(verdicts.switched_off(one.name))
    return found


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


def _measured(one: Check, measured: Mapping[str, Measured]) -> Measured:
    """What was measured for a check, or for the check whose value it judges, too."""
    if not one.measured_as:
        return measured.get(one.name, Measured())
    seen = measured[one.measured_as]
    if seen.error or seen.not_run:
        return Measured(not_run="torch was not asked")
    return replace(seen, seconds=0.0)


def _node(runner: Runner, gpu: GpuState | None, environ: Mapping[str, str]) -> Node:
    gpu = gpu or NvidiaSmi(runner).read()
    xids = kernel_log.xids(runner) if gpu.gpus else None
    return Node({**gpu.as_dict(), "broken": gpu.broken}, xids, environ.get("CUDA_VISIBLE_DEVICES"))


def _api_keys(asked: Sequence[Check], environ: Mapping[str, str], file: str) -> dict[str, Measured]:
    text = trouble = ""
    if asked and file:
        try:
            with open(file, encoding="utf-8", errors="replace") as handle:
                text = handle.read()
        except OSError as error:
            trouble = error.strerror or str(error)
    in_file = api_keys.names_in(text)
    return {one.name: api_keys.measure(one.subject, environ, in_file, file, trouble) for one in asked}
