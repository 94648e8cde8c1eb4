# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings the files of a plan to their folders: starts the transfer, keeps the manifests, says how far it is."""

from __future__ import annotations

import contextlib
import time
from typing import Sequence, overload

from ansible_collections.portable.model_env.plugins.module_utils.host.below import Below
from ansible_collections.portable.model_env.plugins.module_utils.host.progress import RateMeter
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.errors import raise_all
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder
from ansible_collections.portable.model_env.plugins.module_utils.weights.holds import FolderHolds
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Held, Manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import (
    FETCH,
    KEEP,
    OUTDATED,
    REMOVE,
    FileAction,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    Job,
    TransferOptions,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.streams import Transfer
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import Work

_SAVE_SECONDS = 5.0
_HOLD_LOOK_SECONDS = 5.0


class Delivery:
    """One transfer of the files that several repositories lack.

    :param works: the plans.
    :param folders: where each of them goes; they are held.
    :param status: told how far it is.
    """

    def __init__(
        self,
        works: Sequence[Work],
        folders: Sequence[TargetFolder],
        options: TransferOptions,
        status: StatusFile,
        holds: FolderHolds,
    ) -> None:
        self._works = works
        self._options = options
        self._status = status
        self._holds = holds
        self._folders = folders
        self._manifests: list[Manifest] = []
        self._unsaved: set[int] = set()

    def run(self) -> TransferResult:
        """Fetch, name, record, and remove what is not wanted any more.

        :raises ModelEnvError: something could not be fetched; what was verified is kept and recorded.
        """
        with contextlib.ExitStack() as handles:
            jobs = self._prepare(handles)
            try:
                result = self._fetch(jobs) if jobs else TransferResult()
            finally:
                with contextlib.suppress(OSError):
                    self._save()
        raise_all(result.errors, "files could not be fetched; the others are there and verified", len(jobs))
        for work, folder, manifest in zip(self._works, self._folders, self._manifests):
            _finish(work, folder, manifest)
        return result

    def _prepare(self, handles: contextlib.ExitStack) -> Sequence[Job]:
        """Make the folders and the manifests; the jobs, large files first.

        All streams work on those, and the small ones fill up the end.
        """
        places, todo = [], []
        for index, (work, folder) in enumerate(zip(self._works, self._folders)):
            folder.prepare()
            folder.clean(action.file for action in work.of(FETCH))
            self._manifests.append(_begin_manifest(work, folder))
            root, partials = handles.enter_context(folder.open()), handles.enter_context(folder.open_partials())
            places.append((work, root, partials))
            todo += [(index, action) for action in work.of(FETCH)]
        todo.sort(key=lambda one: -one[1].file.size)
        return _Jobs(places, todo)

    def _fetch(self, jobs: Sequence[Job]) -> TransferResult:
        transfer = Transfer(jobs, self._options, self._named)
        meter, saved, looked = RateMeter(), time.monotonic(), time.monotonic()

        def tick(force: bool = False) -> None:
            nonlocal saved, looked
            now = time.monotonic()
            self._status.write(
                {
                    "phase": "fetching weights",
                    "done": transfer.present,
                    "total": transfer.total,
                    "unit": "bytes",
                    "rate": meter.sample(now, transfer.result.received),
                    "detail": f"{transfer.named} of {len(jobs)} files",
                },
                force=force,
            )
            if now - saved > _SAVE_SECONDS:
                saved = now
                self._save()
            if now - looked > _HOLD_LOOK_SECONDS:
                looked = now
                self._holds.refuse_lost()

        tick(force=True)
        try:
            return transfer.run(tick)
        finally:
            tick(force=True)

    def _named(self, job: Job, mtime: int) -> None:
        self._manifests[job.repo].files[job.file.path] = Held(job.file.size, job.file.raw, mtime)
        self._unsaved.add(job.repo)

    def _save(self) -> None:
        for index in list(self._unsaved):
            self._unsaved.discard(index)
            self._folders[index].write_manifest(self._manifests[index])


class _Jobs(Sequence[Job]):
    """The files to fetch, each a job only when its turn comes: a hundred thousand of them are not held as such."""

    def __init__(self, places: Sequence[tuple[Work, Below, Below]], todo: Sequence[tuple[int, FileAction]]) -> None:
        self._places = places
        self._todo = todo

    def __len__(self) -> int:
        return len(self._todo)

    @overload
    def __getitem__(self, index: int) -> Job: ...

    @overload
    def __getitem__(self, index: slice) -> list[Job]: ...

    def __getitem__(self, index: int | slice) -> Job | list[Job]:
        """A job, made anew each time."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        repo, action = self._todo[index]
        return _job(repo, *self._places[repo], action)


def _job(index: int, work: Work, root: Below, partials: Below, action: FileAction) -> Job:
    if work.listing is None:
        raise ValueError(f"{work.request.label} is to be fetched and was not asked for")
    file = action.file
    where, url = f"{work.request.label}: {file.path}", work.listing.url(file.path)
    return Job(index, where, file, url, root, partials, action.reason == OUTDATED)


def _begin_manifest(work: Work, folder: TargetFolder) -> Manifest:
    """Record the commit and what was verified just now, before anything is fetched."""
    old = work.manifest
    manifest = Manifest(
        work.request.repo_id,
        work.request.repo_type,
        work.request.revision,
        work.commit,
        work.request.selection,
        work.tree,
        dict(old.files) if old else {},
    )
    seen = folder.look(action.file.path for action in work.of(KEEP))
    for action in work.of(KEEP):
        file = action.file
        manifest.files[file.path] = Held(file.size, file.raw, seen[file.path].mtime_ns)
    for action in work.of(FETCH):
        if action.reason != OUTDATED:
            manifest.files.pop(action.file.path, None)
    work.manifest = manifest
    folder.write_manifest(manifest)
    return manifest


def _finish(work: Work, folder: TargetFolder, manifest: Manifest) -> None:
    """Remove what is not wanted any more, and make all of it durable."""
    gone = [action.file.path for action in work.of(REMOVE)]
    folder.remove(gone)
    wanted = {action.file.path for action in work.actions if action.action != REMOVE}
    for path in [path for path in manifest.files if path not in wanted]:
        del manifest.files[path]
    folder.write_manifest(manifest)
    folder.finish(action.file.path for action in work.of(FETCH))
