# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders under a root: releases, links, receipts. Reads them for the plan, changes them for the release module."""

from __future__ import annotations

import contextlib
import glob
import os
import time
from typing import Any, Collection, Iterable, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem, hold, mounts, processes
from ansible_collections.portable.model_env.plugins.module_utils.host.git import head_commit
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import Root
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.releases import difference, receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.activations import Activations
from ansible_collections.portable.model_env.plugins.module_utils.releases.history import previous, retired
from ansible_collections.portable.model_env.plugins.module_utils.releases.sharers import AbandonedNames, Sharers
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

# How long a release that was active stays where other hosts share the root: none can see the processes of the others.
SHARED_SECONDS = 7 * 24 * 3600.0


class ModelRoot(Root):
    """The environments of a root.

    :param root: absolute path of the tree; need not exist yet.
    :param owners: whose folders are believed.
    :ivar kept_for_others: releases that were not removed because another host may still use them.
    """

    def __init__(self, root: str, owners: Owners | None = None) -> None:
        super().__init__(root, owners)
        self.activations = Activations(self.state)
        self.abandoned = AbandonedNames(self.state)
        self.sharers = Sharers(self.state)
        self.kept_for_others: list[str] = []
        self._hold: hold.Hold | None = None

    def hold_changes(self, own: hold.Hold | None) -> None:
        """From now on, look before each change whether ``own`` still is this run's; None: that is over."""
        self._hold = own

    def _demand(self) -> None:
        """The one gate of everything that changes the tree.

        :raises ModelEnvError: kind ``lost``; another run took this one for dead and changes the tree.
        """
        if self._hold is not None:
            self._hold.demand()

    def release(self, folder: str) -> str:
        """Path of a release."""
        return os.path.join(self.releases, folder)

    def link(self, name: str) -> str:
        """Path of the link that users run: ``<root>/envs/<name>``."""
        return os.path.join(self.environments, name)

    def active(self, name: str) -> str | None:
        """Folder name of the active release; None if there is no link, or it leads nowhere of ours."""
        try:
            target = os.readlink(self.link(name))
        except OSError:
            return None
        folder = os.path.basename(target)
        same = os.path.normpath(os.path.join(self.environments, target)) == self.release(folder)
        return folder if same else None

    def _all_active(self) -> set[str | None]:
        """Folder names of the active releases of all environments."""
        try:
            return {self.active(name) for name in os.listdir(self.environments)}
        except FileNotFoundError:
            return set()

    def identity(self) -> dict[str, str | None]:
        """What tells whether another host has this very folder (``answers.RootIdentity``)."""
        place, elsewhere = mounts.place(self.root)
        # A machine's own filesystem may have been copied, identity and all, but is no other machine's.
        return {"place": place or None, "identity": (self.sharers.identity() if elsewhere else "") or None}

    def owns(self, name: str) -> bool:
        """Whether anything of the environment ``name`` is here: its link, or a finished release."""
        return os.path.islink(self.link(name)) or any(self.named(folder) == name for folder in self.release_folders())

    def release_folders(self) -> list[str]:
        """Names of all folders under ``releases``, finished or not."""
        try:
            return sorted(entry.name for entry in os.scandir(self.releases) if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []

    def receipt(self, folder: str) -> receipts.Receipt | None:
        """The receipt of a release; None if it has none of this format."""
        return receipts.read(filesystem.read_json(os.path.join(self.release(folder), receipts.FILE_NAME)))

    def named(self, folder: str) -> str:
        """The environment that a release is of; "" if it was never finished."""
        return (self.receipt(folder) or receipts.NONE).name

    def checkouts(self, folder: str, paths: Iterable[str]) -> dict[str, str]:
        """The commit that each source tree of a release is at now; "" for one that is gone."""
        return {path: head_commit(os.path.join(self.release(folder), path)) for path in paths}

    def distributions(self, folder: str, checkouts: Mapping[str, str]) -> dict[str, receipts.Installed]:
        """What is installed in a release, as the receipt records it.

        :param checkouts: commit of each source tree by its path below the release.
        """
        commits = {os.path.join(self.release(folder), path): commit for path, commit in checkouts.items()}
        return {
            name: receipts.installed(d.version, d.origin, d.record_size, d.record_mtime_ns, commits)
            for name, d in site_packages.read(self.release(folder)).items()
        }

    def runs(self, folder: str) -> bool:
        """Whether the interpreter behind a release is still there (nothing is started)."""
        return os.access(os.path.join(self.release(folder), "bin", "python"), os.X_OK)

    def release_state(self, folder: str, receipt: receipts.Receipt | None) -> difference.ReleaseState:
        """A release as it is now, with everything that is compared with its receipt."""
        if receipt is None:
            return difference.ReleaseState(None, self.runs(folder))
        checkouts = self.checkouts(folder, receipt.checkouts)
        return difference.ReleaseState(receipt, self.runs(folder), self.distributions(folder, checkouts), checkouts)

    def environment(self, name: str, digest: str) -> difference.EnvironmentState:
        """What :func:`difference.plan_environment` compares a spec with.

        :param digest: of the spec; only releases that were built from it are read whole.
        """
        active = self.active(name)
        base = difference.release_base(name, digest)
        releases: dict[str, difference.ReleaseState] = {}
        for folder in self.release_folders():
            if folder != active and not difference.belongs_to(folder, base):
                continue
            receipt = self.receipt(folder)
            if receipt is not None and receipt.spec_digest == digest:
                releases[folder] = self.release_state(folder, receipt)
            else:
                releases[folder] = difference.ReleaseState(receipt, self.runs(folder))
        return difference.EnvironmentState(active, releases, self.abandoned.read())

    def plan(self, spec: Spec) -> difference.Planned:
        """What is to be done for one environment."""
        wanted = digest(spec)
        return difference.plan_environment(spec, wanted, self.environment(spec.name, wanted))

    def litter(self) -> list[str]:
        """What a killed run left behind. Only true while nobody holds the root.

        An active release is none, whatever it lacks: it was finished when it was switched to, and people run it.
        """
        active = self._all_active()
        found = [
            self.release(folder)
            for folder in self.release_folders()
            if folder not in active and not os.path.exists(os.path.join(self.release(folder), receipts.FILE_NAME))
        ]
        for pattern in ("tmp/run-*", "envs/.new-*", "state/.new-*"):
            found.extend(glob.glob(os.path.join(glob.escape(self.root), pattern)))
        found.extend(hold.litter(self.hold_file))
        return sorted(found)

    def clean(self) -> list[str]:
        """Remove the litter; to be called by who holds the root.

        First what a killed run started and what outlived it is killed, so that it cannot write into what comes next:
        its TMPDIR gives it away.

        :returns: the paths that were removed.
        """
        processes.kill_orphans(f"{self.temporary}/run-")
        self._demand()
        removed = self.litter()
        if self._hold is not None and self._hold.took_over:
            # Whoever was building there may wake up and go on: its paths are nobody's again.
            self.abandoned.add(os.path.basename(path) for path in removed if os.path.dirname(path) == self.releases)
        for path in removed:
            with contextlib.suppress(FileNotFoundError):
                filesystem.remove_tree(path)
        return removed

    def unlink(self, name: str) -> None:
        """Have no active release."""
        self._demand()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.link(name))

    def built(self, name: str) -> dict[str, float]:
        """The finished releases of ``name`` with the time they were built (seconds since the epoch)."""
        found: dict[str, float] = {}
        for folder in self.release_folders():
            receipt = self.receipt(folder)
            if receipt is not None and receipt.name == name:
                found[folder] = receipt.created
        return found

    def previous(self, name: str) -> str | None:
        """The finished release that was active before the one that is."""
        active = self.active(name)
        return previous(self.activations.read(name, active).history, active, self.built(name))

    def switch(self, name: str, folder: str, trial: bool = False) -> None:
        """Make a release the active one, by one rename.

        :param trial: it may be switched back from (``activations``).
        :raises ModelEnvError: the link cannot be written.
        """
        self._demand()
        with filesystem.explained("the release cannot be switched to", self.link(name)):
            self.activations.switch(name, self.active(name), folder, trial)
            filesystem.switch_link(self.link(name), os.path.join(os.pardir, "releases", folder))

    def retire(self, name: str, keep: int, pinned: Collection[str] = ()) -> list[str]:
        """Remove finished releases of ``name`` beyond the active one and ``keep`` others (``history.retired``)."""
        active = self.active(name)
        history = self.activations.read(name, active).history
        gone = retired(self.built(name), active, keep, history, pinned)
        return [folder for folder in gone if self.discard_unused(folder)]

    def retire_after(self, name: str, before: str | None, keep: int, pinned: Collection[str] = ()) -> list[str]:
        """After a switch: remove what was active if it lost its receipt, or the same spec replaced it.

        In both cases it was changed by hand, and there is no way back to it.

        :param before: what was active. The rest is as for :meth:`retire`.
        """
        gone: list[str] = []
        active = self.active(name)
        if before is not None and active is not None and before != active:
            old, new = self.receipt(before), self.receipt(active)
            if old is None or (new and old.spec_digest == new.spec_digest):
                gone = [before] if self.discard_unused(before) else []
        return gone + self.retire(name, keep, pinned)

    def discard_unused(self, folder: str) -> bool:
        """Remove a release unless a process runs from it, or may run from it elsewhere; says whether it was removed."""
        if self._left_lately(folder) and self.sharers.others():
            self.kept_for_others.append(folder)
            return False
        if processes.using(self.release(folder)) or self._entered(folder):
            return False
        self.discard(folder)
        return True

    def _entered(self, folder: str) -> bool:
        """Whether a process was started through the link of the environment while it led to this release."""
        name = self.named(folder)
        if not name:
            return False
        then = [self.activations.active_around(name, start) for start in processes.started_through(self.link(name))]
        # What was active then is not known where a process is older than the records: it may be this one.
        return any(folder in active or not active for active in then)

    def _left_lately(self, folder: str) -> bool:
        """Whether a release was active so short a time ago that a process of another host may still run from it."""
        name = self.named(folder)
        left = self.activations.left(name, folder) if name else None
        return left is not None and time.time() - left < SHARED_SECONDS

    def finish(self, folder: str, receipt: receipts.Receipt) -> None:
        """Write the receipt, which makes a release of what was built.

        :raises ModelEnvError: it cannot be written, or the root is held by another run now.
        """
        self._demand()
        with filesystem.explained("the receipt cannot be written", self.release(folder)):
            filesystem.write_json(os.path.join(self.release(folder), receipts.FILE_NAME), receipt.to_dict())

    def begin(self, folder: str) -> None:
        """Make the folder of a release, before anything is built there.

        Only then the hold is looked at: who takes over later finds the folder, and never builds at a path where this
        run may go on when it wakes up.

        :raises ModelEnvError: kind ``lost``, or it cannot be made.
        """
        with filesystem.explained("the release cannot be built", self.release(folder)):
            os.makedirs(self.release(folder), exist_ok=True)
        self._demand()

    def abandon(self, folder: str) -> None:
        """Remove what this run was building.

        :raises ModelEnvError: kind ``lost``; it stays, because the run that took over may build there.
        """
        self._demand()
        filesystem.remove_tree(self.release(folder))

    def prune_store(self) -> int:
        """Remove from the store what no release has any more; bytes that this freed."""
        self._demand()
        return registry.prune_stores(self.store)

    def forget(self, name: str, really: bool) -> list[str]:
        """Remove everything of an environment, its link first.

        :param really: False: only say what would be removed.
        """
        active = self.active(name)
        folders = [f for f in self.release_folders() if f == active or self.named(f) == name]
        link = self.link(name)
        gone = ([link] if os.path.islink(link) else []) + [self.release(folder) for folder in folders]
        if really:
            self.unlink(name)
            self.activations.forget(name)
            for folder in folders:
                self.discard(folder)
        return gone

    def discard(self, folder: str) -> None:
        """Remove a release; the receipt goes first, so that a half-removed one counts as litter."""
        self._demand()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.release(folder), receipts.FILE_NAME))
        filesystem.remove_tree(self.release(folder))


def summary(receipt: receipts.Receipt) -> dict[str, Any]:
    """What the end table shows of a release."""
    return {
        "distributions": len(receipt.distributions),
        "verdicts": [{k: v for k, v in verdict.items() if k != "seconds"} for verdict in receipt.verdicts],
    }
