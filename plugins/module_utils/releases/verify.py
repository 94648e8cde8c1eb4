# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins the checks of the environments of one node for the module ``verify``."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field, replace
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks import table, verdicts
from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured, verdict_of
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies, prove
from ansible_collections.portable.model_env.plugins.module_utils.checks.verdicts import Verdict
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import GpuState, NvidiaSmi
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.installers import records
from ansible_collections.portable.model_env.plugins.module_utils.releases import integrity, receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

_SHOWN = 8  # failures in the message; all of them are in the data


@dataclass
class Verifier:
    """Verifies the environments of a node; reads the GPUs once for all of them.

    :ivar policies: how strictly.
    :ivar full: also compare every file of what was built here with its recorded checksum.
    :ivar owners: whose folders are believed.
    """

    runner: Runner
    policies: Policies
    full: bool = False
    owners: Owners | None = None
    _gpu: GpuState | None = field(default=None, init=False)

    @property
    def gpu(self) -> GpuState | None:
        """The node's GPUs; None where the policy is not to look."""
        if self._gpu is None and self.policies.gpu != verdicts.OFF:
            self._gpu = NvidiaSmi(self.runner).read()
        return self._gpu

    def root(self, root: str, names: Sequence[str] | None, specs: Mapping[str, Spec]) -> list[dict[str, Any]]:
        """Verify environments of a root.

        :param names: which; None: those of ``specs``, or without specs every one that the root has.
        :param specs: by name, what the environments must answer to; one without is held to its receipt.
        :returns: a row (``verdicts.row``) for each, in the order of the names.
        :raises ModelEnvError: kind ``invalid``, the root is no absolute path; kind ``io``, it cannot be read.
        """
        tree = ModelRoot(root, self.owners)
        if names is not None and not names:
            return []
        known = _links(tree)
        wanted = list(dict.fromkeys(names if names is not None else specs or known))
        return [self._environment(tree, name, specs.get(name), known) for name in wanted]

    def interpreter(self, python: str, expect: Expectation, name: str = "") -> dict[str, Any]:
        """Verify an environment that this collection did not build."""
        started = time.monotonic()
        found = self._prove(python, expect)
        return verdicts.row(name or python, found, python, time.monotonic() - started)

    def _environment(self, tree: ModelRoot, name: str, spec: Spec | None, known: Sequence[str]) -> dict[str, Any]:
        started = time.monotonic()
        python = os.path.join(tree.link(name), "bin", "python")
        folder = tree.active(name)
        receipt = tree.receipt(folder) if folder is not None else None
        state = integrity.State(tree.root, tuple(known), folder, receipt)
        found = [_judged("receipt", integrity.receipt(name, state, spec))]
        if folder is not None and receipt is not None:
            installed = tree.distributions(folder, {str(path): commit for path, commit in receipt.checkouts.items()})
            found.append(_judged("distributions", integrity.distributions(receipt.distributions, installed)))
            if self.full:
                found.append(_files(state, tree.release(folder)))
            # What was built here takes nothing from elsewhere, unlike an environment of which nobody said so.
            # A receipt that cannot be read is a fail of its own already.
            with contextlib.suppress(ModelEnvError):
                wanted = spec or receipts.spec_of(receipt)
                found.extend(self._prove(python, Expectation.of_spec(wanted, closed=True)))
        return verdicts.row(name, found, python, time.monotonic() - started)

    def _prove(self, python: str, expect: Expectation) -> list[Verdict]:
        return prove(
            self.runner,
            python,
            expect=expect,
            policies=self.policies,
            gpu=self.gpu if expect.torch else None,
        )


def _files(state: integrity.State, release: str) -> Verdict:
    started = time.monotonic()
    compared = records.compare(release)
    measured = integrity.files(state, compared.files, compared.size, compared.wrong)
    return _judged("files", replace(measured, seconds=time.monotonic() - started))


def _judged(check: str, measured: Measured) -> Verdict:
    return verdict_of(table.named(check), measured, Expectation())


def result(rows: Sequence[Mapping[str, Any]], gpu: GpuState | None) -> dict[str, Any]:
    """What the module returns."""
    failed = [row["name"] for row in rows if row["verdict"] == verdicts.FAIL]
    number = "1 environment" if len(rows) == 1 else f"{len(rows)} environments"
    everything = [verdict for row in rows for verdict in row["verdicts"]]
    return {
        "environments": list(rows),
        "failed_environments": failed,
        "summary": f"{number}: {verdicts.summary(everything)}",
        "gpu": gpu.as_dict() if gpu is not None else None,
    }


def failure(rows: Sequence[Mapping[str, Any]]) -> ModelEnvError | None:
    """The error of a run with failed checks; None if none failed."""
    failed = [row for row in rows if row["verdict"] == verdicts.FAIL]
    if not failed:
        return None
    reasons = [f"{row['name']}: {line}" for row in failed for line in row["failures"]]
    shown = reasons[:_SHOWN] + ([f"and {len(reasons) - _SHOWN} more"] if len(reasons) > _SHOWN else [])
    return ModelEnvError(
        f"checks failed in {len(failed)} of {len(rows)} environments",
        why="; ".join(shown),
        todo=_todo(failed),
        kind="checks",
        details={"failed": [row["name"] for row in failed]},
    )


def _todo(failed: Sequence[Mapping[str, Any]]) -> str:
    """What checks know of their cures, and what helps else."""
    cures = dict.fromkeys(one["cure"] for row in failed for one in row["verdicts"] if one.get("cure"))
    general = (
        "provision again, which mends packages that were changed by hand; where it changes nothing, have every file "
        "read (verify: full); change the spec where it asks for what cannot be"
    )
    return "; ".join([*cures, general])


def _links(tree: ModelRoot) -> list[str]:
    """Names of the environments that the root has."""
    try:
        return sorted(entry.name for entry in os.scandir(tree.environments) if not entry.name.startswith("."))
    except FileNotFoundError as error:
        if os.path.isdir(tree.root):
            return []
        raise ModelEnvError(
            f"there is no folder {tree.root}",
            why="nothing was provisioned here, or under another root",
            todo="provision first, or give the root that was provisioned",
            kind="invalid",
        ) from error
    except OSError as error:
        raise ModelEnvError(f"{tree.environments} cannot be read", why=str(error)) from error
