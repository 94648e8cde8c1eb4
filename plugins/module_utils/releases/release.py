# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``release``: build beside, prove, switch by one rename; all while the root is held."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies, demand, prove
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import ELSEWHERE
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.build import Build, BuildSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.difference import ACTIVATE, BUILD, KEEP
from ansible_collections.portable.model_env.plugins.module_utils.releases.exclusive import Exclusive
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec


@dataclass(frozen=True)
class ReleaseSettings:
    """How releases are kept and proven.

    :ivar build: how they are built.
    :ivar keep: how many old releases stay for a rollback.
    :ivar pinned: folder names of releases that stay beside them.
    :ivar policies: how strictly they are checked.
    :ivar lock_wait: seconds to wait for another run on the same root.
    :ivar owners: whose folders are believed.
    """

    build: BuildSettings
    keep: int = 1
    pinned: Sequence[str] = ()
    policies: Policies = field(default_factory=Policies)
    lock_wait: float = 0.0
    owners: Owners = field(default_factory=Owners)


@dataclass
class ReleaseResult:
    """What a call did, or would do in check mode."""

    name: str
    action: str = KEEP
    release: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    freed: int = 0
    notes: list[str] = field(default_factory=list)
    log: str = ""
    before: str = ""
    after: str = ""
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether anything on the node is, or would be, different."""
        return self.action != KEEP or bool(self.removed)


class ReleaseRunner:
    """Brings one environment of a root to what its spec says.

    :param runner: starts commands.
    :param root: the tree.
    :param check_mode: say what would be done, and leave no trace.
    :param status: told how far it is.
    """

    def __init__(
        self, runner: Runner, root: str, settings: ReleaseSettings, check_mode: bool, status: StatusFile
    ) -> None:
        self._runner = runner
        self._tree = ModelRoot(root, settings.owners)
        self._settings = settings
        self._check_mode = check_mode
        self._status = status

    def is_long(self, spec: Spec) -> bool:
        """Whether :meth:`active` will really build something, as far as can be told without holding the root."""
        return self._tree.plan(spec).action == BUILD and not self._check_mode

    def active(self, spec: Spec, switch: bool = True, lock: Lock | None = None) -> ReleaseResult:
        """Have the spec's release active: keep it, switch to one that is there, or build it.

        :param switch: False: have it built and proven, and leave active what is.
        :param lock: what it is installed from; None: what the installer finds for the spec.
        :raises ModelEnvError: it cannot be done; whatever was active is still active.
        """
        name = spec.name
        with self._exclusively(f"building {name}") as removed:
            plan = self._tree.plan(spec)
            outcome = ReleaseResult(name, plan.action, plan.release, reasons=list(plan.reasons), removed=removed)
            before = self._distributions(plan.active)
            if plan.action == ACTIVATE and not switch:
                outcome.action, after = KEEP, before
            elif plan.action == ACTIVATE:
                after = (self._tree.receipt(plan.release) or receipts.NONE).distributions
                self._activate(outcome, spec)
            elif plan.action == BUILD:
                after = self._build(outcome, spec, plan.digest, before, lock)
                if switch and not self._check_mode:
                    self._tree.switch(name, outcome.release)
            else:
                after = before
            outcome.changes = receipts.changes(before, after)
            outcome.before, outcome.after = receipts.listing(before), receipts.listing(after)
            if switch and outcome.action != KEEP and not self._check_mode:
                self._retire(outcome, plan.active)
        return outcome

    def absent(self, name: str) -> ReleaseResult:
        """Have nothing of the environment ``name``: first the link goes, then its releases."""
        with self._exclusively(f"removing {name}") as removed:
            before = self._distributions(self._tree.active(name))
            outcome = ReleaseResult(name, removed=removed, before=receipts.listing(before))
            if self._tree.owns(name):
                outcome.action = "remove"
                outcome.changes = receipts.changes(before, {})
                outcome.removed = outcome.removed + self._tree.forget(name, really=not self._check_mode)
                if not self._check_mode:
                    outcome.freed = self._tree.prune_store()
        return outcome

    def clean(self) -> ReleaseResult:
        """Remove what killed runs left behind."""
        with self._exclusively("cleaning up") as removed:
            return ReleaseResult("", "clean" if removed else KEEP, removed=removed)

    def _exclusively(self, what: str) -> Exclusive:
        return Exclusive(self._tree, what, self._settings.lock_wait, self._check_mode, self._status)

    def _distributions(self, folder: str | None) -> Mapping[str, receipts.Installed]:
        """What is really installed in a release, not what its receipt says: drift shows up as a change."""
        receipt = self._tree.receipt(folder) if folder else None
        if not folder or not receipt:
            return {}
        return self._tree.distributions(folder, self._tree.checkouts(folder, receipt.checkouts))

    def _build(
        self,
        outcome: ReleaseResult,
        spec: Spec,
        digest: str,
        before: Mapping[str, receipts.Installed],
        lock: Lock | None,
    ) -> Mapping[str, receipts.Installed]:
        active = self._tree.receipt(self._tree.active(outcome.name) or "")
        previous = active.distributions if active is not None else before
        if self._check_mode:
            return Build(self._runner, self._tree, self._settings.build, spec, previous, lock).preview()
        started = time.time()
        outcome.log = self._tree.new_log(outcome.name, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started)))
        path = self._tree.release(outcome.release)
        build = Build(self._runner, self._tree, self._settings.build, spec, previous, lock, outcome.log, self._status)
        self._tree.begin(outcome.release)
        try:
            with filesystem.explained("the release cannot be built", path, ELSEWHERE):
                facts = build.run(path)
            outcome.steps, outcome.notes = facts["steps"], build.notes
            build.progress.next("proving that it works")
            self._prove(outcome, spec, path)
            distributions = self._tree.distributions(outcome.release, facts["checkouts"])
            receipt = receipts.Receipt(
                name=outcome.name,
                release=outcome.release,
                spec=spec.to_dict(),
                spec_digest=digest,
                lock=lock.to_dict() if lock else {},
                host=socket.gethostname(),
                created=started,
                seconds=round(time.time() - started, 1),
                distributions=distributions,
                verdicts=tuple(outcome.verdicts),
                **facts,
            )
            self._tree.finish(outcome.release, receipt)
        except BaseException as error:
            # Whatever failed, failed because another run cleaned up here, if one took over.
            self._tree.abandon(outcome.release)
            if isinstance(error, ModelEnvError) and not error.log:
                log = outcome.log if os.path.exists(outcome.log) else ""
                raise error.with_(where=error.where or outcome.name, log=log) from error
            raise
        return distributions

    def _activate(self, outcome: ReleaseResult, spec: Spec) -> None:
        """Switch to a release that is there, once it is proven on the node as it is today."""
        if self._check_mode:
            return
        self._prove(outcome, spec, self._tree.release(outcome.release))
        self._tree.switch(outcome.name, outcome.release)

    def _prove(self, outcome: ReleaseResult, spec: Spec, path: str) -> None:
        outcome.verdicts = prove(
            self._runner,
            os.path.join(path, "bin", "python"),
            expect=Expectation.of_spec(spec),
            policies=self._settings.policies,
            write_bytecode=outcome.action == BUILD,
        )
        demand(
            outcome.verdicts,
            what="failed, so it was not switched to",
            where=outcome.name,
            todo="mend the spec or the node as the reasons say; what was active before is still active",
        )

    def _retire(self, outcome: ReleaseResult, previous: str | None) -> None:
        gone = self._tree.retire_after(outcome.name, previous, self._settings.keep, self._settings.pinned)
        outcome.removed = outcome.removed + gone
        if self._tree.kept_for_others:
            kept, others = ", ".join(self._tree.kept_for_others), ", ".join(self._tree.sharers.others())
            outcome.notes = [*outcome.notes, f"{kept} stays for some days: {others} shares this root and may use it"]
        if gone:
            outcome.freed = self._tree.prune_store()
