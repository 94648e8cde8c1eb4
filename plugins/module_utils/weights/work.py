# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call wants of one repository, and what was found out about it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import (
    REPO_TYPES,
    Selection,
    select,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Listing
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import (
    FETCH,
    KEEP,
    MISSING,
    REMOVE,
    FileAction,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9_][\w.-]*)?\Z")


@dataclass(frozen=True)
class SnapshotRequest:
    """One repository as the operator wants it; fields as the module's options."""

    repo_id: str
    repo_type: str
    revision: str
    resolve: bool
    move: bool
    local_dir: str
    selection: Selection

    @property
    def label(self) -> str:
        """The repository, for messages: ``owner/name``, with its type unless it is a model."""
        return self.repo_id if self.repo_type == "model" else f"{self.repo_type} {self.repo_id}"


@dataclass
class Work:
    """A request with what is known of it.

    :ivar manifest: of an earlier run.
    :ivar before: commit that was there when the call began, "" for none.
    :ivar commit: that is wanted; "" until the Hub was asked.
    :ivar tree: files of that commit.
    :ivar listing: the same in the Hub's own words, once it was asked; nothing can be fetched without it.
    :ivar actions: what to do.
    """

    request: SnapshotRequest
    manifest: Manifest | None = None
    before: str = ""
    commit: str = ""
    tree: list[HubFile] = field(default_factory=list)
    listing: Listing | None = None
    actions: list[FileAction] = field(default_factory=list)

    def learn(self, fresh: Work) -> None:
        """Take over what a later look has found."""
        self.manifest, self.commit, self.tree, self.actions = fresh.manifest, fresh.commit, fresh.tree, fresh.actions

    def fits(self) -> bool:
        """Whether the manifest already says which commit and files are wanted, so that the Hub need not be asked."""
        found, request = self.manifest, self.request
        if found is None or not found.commit or not found.tree:
            return False
        if Commit.fits(request.revision):
            return found.commit == request.revision
        return request.resolve and not request.move and found.requested == request.revision

    def wanted(self) -> list[HubFile]:
        """The selected files of the tree.

        :raises ModelEnvError: a named file is not in the repository, or the selection selects nothing.
        """
        files, missing = select(self.tree, self.request.selection)
        if missing:
            raise ModelEnvError(
                f"the repository does not hold {', '.join(missing)}",
                where=f"{self.request.label} at {self.commit[:12]}",
                why="filenames are exact paths inside the repository",
                todo="compare with the list of files on the repository's page",
                kind="missing",
            )
        if not files:
            raise ModelEnvError(
                "no file of the repository is selected",
                where=f"{self.request.label} at {self.commit[:12]}",
                why="the repository is empty, or the patterns leave nothing of it",
                todo="check allow_patterns and ignore_patterns",
                kind="invalid",
            )
        return files

    def of(self, kind: str) -> list[FileAction]:
        """The actions of one kind."""
        return [action for action in self.actions if action.action == kind]

    def changed(self) -> bool:
        """Whether files are, or would be, fetched or removed."""
        return any(action.action in (FETCH, REMOVE) for action in self.actions)

    def result(self) -> dict[str, Any]:
        """The return value for this repository."""
        fetch = self.of(FETCH)
        return {
            "repo_id": self.request.repo_id,
            "repo_type": self.request.repo_type,
            "local_dir": self.request.local_dir,
            "commit": self.commit,
            "files": len(self.actions) - len(self.of(REMOVE)),
            "bytes": sum(action.file.size for action in self.actions if action.action != REMOVE),
            "fetch": [action.file.path for action in fetch],
            "fetch_bytes": sum(action.file.size for action in fetch),
            "remove": [action.file.path for action in self.of(REMOVE)],
            "changed": self.changed(),
        }

    def diff(self) -> dict[str, str]:
        """The difference as ``--diff`` shows it: a line for each file."""
        before, after = [], []
        for action in sorted(self.actions, key=lambda item: item.file.path):
            line = f"{action.file.path}  {sizes.shown(action.file.size)}  {action.file.digest[:23]}"
            if action.action == FETCH:
                after.append(line)
                if action.reason != MISSING:
                    before.append(f"{action.file.path}  {action.reason}")
            else:
                before.append(line)
                if action.action != REMOVE:
                    after.append(line)
        size = sizes.shown(sum(action.file.size for action in self.of(FETCH)))
        after.append(f"# {len(self.of(FETCH))} files to fetch, {size}")
        header = f"{self.request.local_dir} ({self.request.label})"
        return {
            "before_header": f"{header} {self.before or 'nothing'}",
            "after_header": f"{header} {self.commit}",
            "before": "\n".join(before) + "\n" if before else "",
            "after": "\n".join(after) + "\n",
        }


def parse_request(options: Mapping[str, Any], *, absent: bool) -> SnapshotRequest:
    """One repository's options as a request.

    :param absent: only the repository and the folder matter.
    :raises ModelEnvError: (``invalid``) they cannot be meant.
    """
    repo_id, where = str(options.get("repo_id") or ""), str(options.get("repo_id") or "hf_snapshot")
    revision, resolve = str(options.get("revision") or ""), bool(options.get("resolve"))
    local_dir = str(options.get("local_dir") or "")
    repo_type = str(options.get("repo_type") or "model")
    if not _REPO_ID.match(repo_id) or "--" in repo_id or ".." in repo_id:
        raise _invalid(where, f"{repo_id!r} is not the name of a repository", "write owner/name")
    if repo_type not in REPO_TYPES:
        raise _invalid(where, f"{repo_type!r} is not a type of repository", "one of " + ", ".join(REPO_TYPES))
    if not os.path.isabs(os.path.expanduser(local_dir)):
        raise _invalid(where, f"local_dir {local_dir!r} is not an absolute path", "write a path that begins with /")
    if not absent and not Commit.fits(revision) and not (resolve and revision):
        raise _invalid(
            where,
            f"revision {revision!r} is not a commit of 40 hex digits" if revision else "there is no revision",
            "pin the commit (repository page, Files, History), or set resolve: true to have a name resolved once",
        )
    selection = Selection(*(_strings(options.get(key)) for key in ("allow_patterns", "ignore_patterns", "filenames")))
    path = os.path.normpath(os.path.expanduser(local_dir))
    return SnapshotRequest(repo_id, repo_type, revision, resolve, bool(options.get("move")), path, selection)


def refuse_conflicts(works: list[Work]) -> None:
    """Refuse two requests for one repository in one folder, and two repositories that want the same path.

    :raises ModelEnvError: (``invalid``) with both names.
    """
    owners: dict[str, str] = {}
    for work in works:
        for action in work.actions:
            if action.action == REMOVE:
                continue
            path = os.path.join(work.request.local_dir, action.file.path)
            other = owners.setdefault(path, work.request.label)
            if other != work.request.label:
                raise _invalid(path, f"both {other} and {work.request.label} put a file there", _APART)


def refuse_twice(requests: list[SnapshotRequest]) -> None:
    """Refuse one repository twice for one folder.

    :raises ModelEnvError: (``invalid``).
    """
    seen: set[tuple[str, str]] = set()
    for request in requests:
        key = (request.label, request.local_dir)
        if key in seen:
            raise _invalid(request.label, f"it is asked for twice in {request.local_dir}", "join both into one entry")
        seen.add(key)


def all_kept(work: Work) -> bool:
    """Whether nothing is to be done, not even to the manifest."""
    found = work.manifest
    return (
        found is not None
        and bool(work.commit)  # without it the Hub has still to be asked, and there are no actions yet
        and all(action.action == KEEP for action in work.actions)
        and found.selection == work.request.selection
        and found.requested == work.request.revision
    )


_APART = "give them folders of their own, or leave the file out of one with ignore_patterns"


def _strings(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)


def _invalid(where: str, what: str, todo: str) -> ModelEnvError:
    return ModelEnvError(what, where=where, todo=todo, kind="invalid")
