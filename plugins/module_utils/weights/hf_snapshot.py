# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``hf_snapshot``: all repositories of a call as one plan and one transfer."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable, Sequence

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.progress import RateMeter
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.delivery import Delivery
from ansible_collections.portable.model_env.plugins.module_utils.weights.errors import raise_all
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder, unwritable
from ansible_collections.portable.model_env.plugins.module_utils.weights.holds import FolderHolds
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub, HubAnswer
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import (
    FETCH,
    HASH,
    KEEP,
    REMOVE,
    FileAction,
    plan_files,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    TransferOptions,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import digest_of
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import (
    SnapshotRequest,
    Work,
    all_kept,
    refuse_conflicts,
    refuse_twice,
)

_AT_ONCE = 256  # files that are handed to the threads that hash


@dataclass(frozen=True)
class SnapshotSettings:
    """How the repositories are brought; fields as the module's options, sizes in bytes, times in seconds."""

    max_workers: int = 8
    full: bool = False
    repair: bool = True
    free_space_margin: int = 0
    lock_wait: float = 0.0
    request_timeout: float = 30.0
    stall_timeout: float = 30.0
    timeout: float = 0.0
    diff: bool = True
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    owners: Owners = field(default_factory=Owners)


class SnapshotRunner:
    """Brings repositories to their folders.

    :param hub: makes the client of the Hub, and the tool environment that it needs, when the first question is asked.
    :param status: told how far it is.
    :param check_mode: say what would be done, and leave no trace.
    """

    def __init__(
        self, hub: Callable[[], Hub], settings: SnapshotSettings, status: StatusFile, check_mode: bool
    ) -> None:
        self._hub = hub
        self._settings = settings
        self._status = status
        self._check_mode = check_mode
        self.library = ""

    # ---- state: absent

    def absent(self, requests: Sequence[SnapshotRequest]) -> dict[str, Any]:
        """Remove what the manifests list, and nothing else."""
        folders = [self._folder(request) for request in requests]
        there = [(request, folder) for request, folder in zip(requests, folders) if folder.has_state()]
        snapshots, diffs = [], []
        deadline, left = time.monotonic() + self._settings.lock_wait, there
        while left:
            with FolderHolds(deadline, self._status, self._check_mode) as holds:
                taken = holds.take([folder for _request, folder in left])
                for request, folder in [pair for pair in left if pair[1].path in taken]:
                    work = self._remove(request, folder)
                    snapshots.append({**work.result(), "changed": True})
                    diffs += [work.diff()] if self._settings.diff else []
            left = [pair for pair in left if pair[1].path not in taken]
        return {"changed": bool(there), "snapshots": snapshots, "diff": diffs}

    def _remove(self, request: SnapshotRequest, folder: TargetFolder) -> Work:
        manifest = folder.read_manifest() or Manifest(request.repo_id, request.repo_type)
        work = Work(request, manifest, manifest.commit, manifest.commit)
        seen = folder.look(manifest.files)
        listed = [HubFile(path, held.size, held.raw) for path, held in manifest.files.items()]
        work.actions = [FileAction(REMOVE, file, "absent") for file in listed if file.path in seen]
        if not self._check_mode:
            folder.remove(action.file.path for action in work.actions)
            folder.forget()
        return work

    # ---- state: present

    def nothing_to_do(self, requests: Sequence[SnapshotRequest]) -> bool:
        """Whether every wanted file is there, as far as can be told without the network and without hashing."""
        return all(all_kept(self._look(request)) for request in requests)

    def present(self, requests: Sequence[SnapshotRequest]) -> dict[str, Any]:
        """Have every wanted file of every repository, verified.

        :raises ModelEnvError: something cannot be had; whatever was verified by then is kept and recorded.
        """
        started = time.monotonic()
        refuse_twice(list(requests))
        if not self._check_mode:
            filesystem.share_what_root_makes()
        works = [self._look(request) for request in requests]
        left = [work for work in works if not all_kept(work)]
        result = TransferResult()
        deadline = started + self._settings.lock_wait
        while left:
            with FolderHolds(deadline, self._status, self._check_mode) as holds:
                taken = holds.take([self._folder(work.request) for work in left])
                batch = [work for work in left if self._folder(work.request).path in taken]
                if not self._check_mode:
                    for work in batch:  # somebody else may have done it meanwhile
                        work.learn(self._look(work.request))
                result.add(self._bring([work for work in batch if not all_kept(work)], holds))
            left = [work for work in left if self._folder(work.request).path not in taken]
        changed = any(work.changed() for work in works)
        return {
            "changed": changed,
            "snapshots": [work.result() for work in works],
            "diff": [work.diff() for work in works if work.changed() and self._settings.diff],
            "received_bytes": result.received,
            "refetched_bytes": result.refetched,
            "requests": result.requests,
            "faults": dict(result.faults),
            "seconds": round(time.monotonic() - started, 2),
            "library": self.library,
        }

    def _folder(self, request: SnapshotRequest) -> TargetFolder:
        return TargetFolder(request.local_dir, request.repo_type, request.repo_id, self._settings.owners)

    def _look(self, request: SnapshotRequest) -> Work:
        """What is known without asking anybody: no network, no hashing, a few system calls per file."""
        folder = self._folder(request)
        work = Work(request, folder.read_manifest())
        work.before = work.manifest.commit if work.manifest else ""
        if work.fits() and work.manifest is not None:
            work.commit, work.tree = work.manifest.commit, work.manifest.tree
            self._plan(work)
        return work

    def _plan(self, work: Work) -> None:
        folder, wanted = self._folder(work.request), work.wanted()
        held = work.manifest.files if work.manifest else {}
        seen = folder.look(dict.fromkeys([*(file.path for file in wanted), *held]), held)
        work.actions = plan_files(wanted, held, seen, full=self._settings.full)

    def _bring(self, works: list[Work], holds: FolderHolds) -> TransferResult:
        """Find out what is missing, check that it can be had, and have it."""
        limit = self._settings.timeout
        until = time.monotonic() + limit if limit else math.inf
        known = [work for work in works if work.tree]
        self._hash(known)
        ask = [work for work in works if not work.tree or work.of(FETCH)]
        answer = self._ask(ask, until) if ask else HubAnswer()
        for index, work in enumerate(ask):
            listing = work.listing = answer.listings[index]
            if work.commit and work.commit == listing.commit and work.tree == listing.tree:
                continue  # planned and hashed above; the Hub says the same
            work.commit, work.tree = listing.commit, listing.tree
            self._plan(work)
            self._hash([work])
        refuse_conflicts(works)
        for work in works:
            self._refuse_foreign(work)
            self._folder(work.request).refuse_links(action.file for action in work.of(FETCH))
        self._refuse_unrepairable(works)
        self._refuse_no_room(works)
        if self._check_mode:
            return TransferResult()
        settings = self._settings
        options = TransferOptions(
            endpoint=answer.endpoint,
            headers=answer.headers,
            user_agent=answer.user_agent,
            trust=answer.trust,
            workers=settings.max_workers,
            stall_timeout=settings.stall_timeout,
            total_timeout=limit,
            until=until,
            policy=settings.policy,
        )
        result = Delivery(works, [self._folder(work.request) for work in works], options, self._status, holds).run()
        result.faults.update(answer.again)
        return result

    def _ask(self, works: list[Work], until: float) -> HubAnswer:
        """Have all of them listed.

        :raises ModelEnvError: some cannot be had.
        """
        self._status.phase("asking the Hub", done=0, total=len(works), unit="repositories")
        questions = [
            {
                "repo_id": work.request.repo_id,
                "repo_type": work.request.repo_type,
                # What a tag or branch was resolved to stays, until the operator says move.
                "revision": work.commit or work.request.revision,
            }
            for work in works
        ]
        answer = self._hub().look_up(
            questions,
            timeout=self._settings.request_timeout,
            until=until,
            waiting=lambda reason: self._status.phase("waiting for the Hub", detail=reason),
        )
        self.library = answer.library
        raise_all(list(answer.refusals.values()), "repositories cannot be had", len(works))
        return answer

    def _hash(self, works: Sequence[Work]) -> None:
        """Replace every ``hash`` by what the content says: keep, or fetch."""
        todo = [(work, index) for work in works for index, action in enumerate(work.actions) if action.action == HASH]
        if not todo:
            return
        total, done, meter = sum(work.actions[i].file.size for work, i in todo), [0], RateMeter()

        def count(length: int) -> None:
            done[0] += length
            now = time.monotonic()
            progress = {"done": done[0], "total": total, "unit": "bytes", "rate": meter.sample(now, done[0])}
            self._status.write({"phase": "verifying what is there", **progress})

        def look(item: tuple[Work, int]) -> str:
            work, index = item
            file = work.actions[index].file
            try:
                descriptor = self._folder(work.request).open_file(file.path)
            except OSError:
                return ""
            return digest_of(descriptor, file, count=count)

        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for start in range(0, len(todo), _AT_ONCE):  # a pool holds a kilobyte for each that waits
                some = todo[start : start + _AT_ONCE]
                for (work, index), digest in zip(some, pool.map(look, some)):
                    file = work.actions[index].file
                    right = digest == file.digest
                    reason = "verified now" if right else "its content is not what the Hub lists"
                    work.actions[index] = FileAction(KEEP if right else FETCH, file, reason, wrong=not right)

    def _refuse_unrepairable(self, works: list[Work]) -> None:
        wrong = [(work, action) for work in works for action in work.of(FETCH) if action.wrong]
        if not wrong or self._settings.repair:
            return
        names = [f"{self._folder(w.request).target(a.file.path)}: {a.reason}" for w, a in wrong]
        raise ModelEnvError(
            f"{len(wrong)} files are not what the Hub lists: " + "; ".join(names[:20]),
            why="they were changed or damaged after they were fetched",
            todo="run with repair: true, which fetches only these",
            kind="corrupt",
            details={"files": names},
        )

    def _refuse_foreign(self, work: Work) -> None:
        claimed = self._folder(work.request).claimed_by_others()
        for action in work.actions:
            if action.file.path in claimed and action.action != REMOVE:
                raise ModelEnvError(
                    f"{action.file.path} belongs to {claimed[action.file.path]}, which lies in the same folder",
                    where=f"{work.request.label} in {work.request.local_dir}",
                    todo="give one of them another local_dir, or leave the file out with ignore_patterns",
                    kind="invalid",
                )

    def _refuse_no_room(self, works: list[Work]) -> None:
        """Compare what is missing with what is free, per filesystem, before the first byte."""
        needs: dict[int, tuple[str, int]] = {}
        for work in works:
            if not work.of(FETCH):
                continue
            folder = self._folder(work.request)
            parent = filesystem.existing_parent(folder.path)
            if self._check_mode and not filesystem.writable(folder.path):
                raise unwritable(folder.path, f"{parent} is not writable for this user")
            files = [action.file for action in work.of(FETCH)]
            missing = sum(file.size for file in files) - folder.arrived(files)
            device = os.stat(parent).st_dev
            path, before = needs.get(device, (folder.path, 0))
            needs[device] = (path, before + missing)
        for path, missing in needs.values():
            free, margin = filesystem.free_bytes(path), self._settings.free_space_margin
            if missing + margin > free:
                raise ModelEnvError(
                    f"there is no room: {sizes.shown(missing)} are missing, {sizes.shown(free)} are free"
                    + (f", and {sizes.shown(margin)} are to stay free" if margin else ""),
                    where=path,
                    todo="free space there, choose another local_dir, select fewer files, or lower free_space_margin",
                    kind="no_space",
                    details={"missing": missing, "free": free, "margin": margin},
                )
