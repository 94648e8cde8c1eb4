# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``switch``: other finished releases become active, proven, and back again if they fail."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies, demand, prove
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.releases import difference, receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.exclusive import Exclusive
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot

_OUTPUT_SHOWN = 600  # characters of the smoke command's output in the message; the log has all of it


@dataclass(frozen=True)
class SwitchSettings:
    """How releases are proven and kept.

    :ivar trial: keep what was active, and note that the new ones may be switched back from.
    :ivar smoke: the operator's command, run with each new environment once it is active; empty: none.
    :ivar smoke_timeout: seconds for it.
    :ivar prune: whether to remove old releases beyond those of the next two.
    :ivar keep: how many old releases stay for a rollback.
    :ivar pinned: folder names of releases that stay beside them.
    :ivar policies: how strictly they are checked.
    :ivar lock_wait: seconds to wait for another run on the same root.
    :ivar owners: whose folders are believed.
    """

    trial: bool = False
    smoke: Sequence[str] = ()
    smoke_timeout: float = 600.0
    prune: bool = True
    keep: int = 1
    pinned: Sequence[str] = ()
    policies: Policies = field(default_factory=Policies)
    lock_wait: float = 0.0
    owners: Owners = field(default_factory=Owners)


@dataclass
class Target:
    """One environment of a call.

    :ivar before: the release that was active; None: none was.
    :ivar safe: the release to go back to if this one fails; None: none was active.
    :ivar after: the release to switch to.
    :ivar on_trial: ``after`` is active already, on trial.
    """

    name: str
    before: str | None
    safe: str | None
    after: str
    on_trial: bool
    changes: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    freed: int = 0

    def changed(self, trial: bool) -> bool:
        """Whether the call made, or would make, a difference."""
        return self.before != self.after or (self.on_trial and not trial) or bool(self.removed)

    def as_dict(self) -> dict[str, Any]:
        """As the module returns it."""
        return {
            "name": self.name,
            "before": self.before or "",
            "after": self.after,
            "changes": self.changes,
            "verdicts": self.verdicts,
            "removed": self.removed,
            "freed_bytes": self.freed,
        }


class SwitchRunner:
    """Switches environments of one root together: all of them, or none.

    :param runner: starts commands.
    :param root: the tree.
    :param check_mode: say what would be switched, and leave no trace.
    """

    def __init__(self, runner: Runner, root: str, settings: SwitchSettings, check_mode: bool) -> None:
        self._runner = runner
        self._tree = ModelRoot(root, settings.owners)
        self._settings = settings
        self._check_mode = check_mode

    def run(self, wanted: Mapping[str, str]) -> list[Target]:
        """Have the releases active.

        :param wanted: folder of the release by environment; "": the one that was active before.
        :returns: a row for each environment, in the order of their names.
        :raises ModelEnvError: one is not there, was changed by hand, or fails a check. Then what was active before
            is active, also where it was on trial; ``details`` says in ``back`` what was switched back.
        """
        with Exclusive(self._tree, "switching releases", self._settings.lock_wait, self._check_mode):
            targets = [self._target(name, folder) for name, folder in sorted(wanted.items())]
            if not self._check_mode:
                try:
                    self._try(targets)
                except BaseException as error:
                    back = self._back(targets)
                    if isinstance(error, ModelEnvError):
                        end = ", so it was switched back" if back else ", so nothing was switched"
                        raise error.with_(what=error.what + end, details={"back": back}) from error
                    raise
                if not self._settings.trial:
                    self._settle(targets)
        return targets

    def _target(self, name: str, folder: str) -> Target:
        before = self._tree.active(name)
        after = folder or self._tree.previous(name)
        if after is None:
            raise ModelEnvError(
                "there is no earlier release to go back to",
                where=name,
                why="this environment has had one release only, or the earlier ones were pruned",
                todo="change its spec and provision, or keep more releases from now on (the option `keep`)",
                kind="gone",
            )
        wrong = self._faults(name, after)
        if wrong:
            raise ModelEnvError(
                f"release {after} cannot be switched to",
                where=name,
                why="; ".join(wrong),
                todo=self._others(name, after),
                kind="gone",
            )
        trial = self._tree.activations.read(name, before).trial
        on_trial = trial is not None and before == after
        target = Target(name, before, trial.before if trial is not None else before, after, on_trial)
        target.changes = receipts.changes(self._recorded(before), self._recorded(after))
        return target

    def _faults(self, name: str, folder: str) -> list[str]:
        """Why a release is not what its receipt says; nothing is started."""
        receipt = self._tree.receipt(folder)
        if receipt is None or receipt.name != name:
            return ["it is not there, or was never finished"]
        return difference.faults(self._tree.release_state(folder, receipt), receipt.spec_digest)

    def _others(self, name: str, folder: str) -> str:
        others = [other for other in sorted(self._tree.built(name)) if other != folder]
        return f"name another release: {', '.join(others)}" if others else "provision to build what the spec asks for"

    def _recorded(self, folder: str | None) -> Mapping[str, receipts.Installed]:
        return (self._tree.receipt(folder or "") or receipts.NONE).distributions

    def _try(self, targets: Sequence[Target]) -> None:
        """Prove all, then switch all, then run the operator's command in each."""
        for target in targets:
            self._prove(target)
        for target in targets:
            if target.before != target.after:
                # On trial until all is well: if this process is killed now, the next run knows that it is not proven.
                self._tree.switch(target.name, target.after, trial=True)
        for target in targets:
            self._smoke(target)

    def _prove(self, target: Target) -> None:
        path = self._tree.release(target.after)
        target.verdicts = prove(
            self._runner,
            os.path.join(path, "bin", "python"),
            expect=Expectation.of_spec(receipts.spec_of(self._tree.receipt(target.after) or receipts.NONE)),
            policies=self._settings.policies,
        )
        demand(
            target.verdicts,
            what=f"of release {target.after} failed",
            where=target.name,
            todo="mend the spec or the node as the reasons say",
        )

    def _smoke(self, target: Target) -> None:
        """Run the operator's command with the environment's programs first on PATH."""
        argv = list(self._settings.smoke)
        if not argv:
            return
        programs = os.path.join(self._tree.link(target.name), "bin")
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
            "MODEL_ENV_NAME": target.name,
            "MODEL_ENV_ROOT": self._tree.root,
        }
        # A process finds its program on its parent's PATH, not on the one it is handed.
        own = os.path.join(programs, argv[0])
        argv[0] = own if os.sep not in argv[0] and os.access(own, os.X_OK) else argv[0]
        path = self._tree.new_log(target.name, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
        with open_log(path) as log:
            try:
                done = self._runner.run(argv, env=environment, timeout=self._settings.smoke_timeout, log=log)
            except OSError as error:
                raise self._smoke_failed(target, f"it cannot be started: {error}", path) from error
        if done.timed_out:
            raise self._smoke_failed(target, f"it took longer than {self._settings.smoke_timeout:g} s", path)
        if done.rc != 0:
            said = (done.stderr.strip() or done.stdout.strip())[-_OUTPUT_SHOWN:]
            raise self._smoke_failed(target, f"it ended with status {done.rc}" + (f": {said}" if said else ""), path)

    def _smoke_failed(self, target: Target, why: str, log: str) -> ModelEnvError:
        return ModelEnvError(
            f"the operator's command failed with release {target.after}",
            where=target.name,
            why=why,
            todo="run it by hand on this node with the release's own Python, which is still there",
            kind="smoke",
            log=log,
        )

    def _back(self, targets: Sequence[Target]) -> list[str]:
        """Have active what was safe; the names that this changed."""
        names = []
        for target in targets:
            ours = target.before != target.after or target.on_trial
            if not ours or self._tree.active(target.name) != target.after:
                continue
            if target.safe is None:
                self._tree.unlink(target.name)
            else:
                self._tree.switch(target.name, target.safe)
            names.append(target.name)
        return names

    def _settle(self, targets: Sequence[Target]) -> None:
        for target in targets:
            self._tree.activations.confirm(target.name, target.after)
            if self._settings.prune:
                target.removed = self._tree.retire_after(
                    target.name, target.safe, self._settings.keep, self._settings.pinned
                )
                if target.removed:
                    target.freed = self._tree.prune_store()
