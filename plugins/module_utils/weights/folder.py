# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target folder: its files, and the state folder ``.model_env`` in it with manifests, partial files and the hold."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time
from typing import Iterable

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import (
    Manifest,
    file_name,
    manifest_text,
    parse_manifest,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import Seen
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import partial_name
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    STATE_FOLDER,
    HubFile,
)

_LITTER_SECONDS = 300.0


class TargetFolder:
    """One repository in one folder.

    :param path: absolute path of the target folder; need not exist.
    :param repo_type: model, dataset or space.
    :param repo_id: ``owner/name``.
    """

    def __init__(self, path: str, repo_type: str, repo_id: str) -> None:
        self.path = os.path.normpath(path)
        self.state = os.path.join(self.path, STATE_FOLDER)
        name = file_name(repo_type, repo_id)
        self._repo = (repo_type, repo_id)
        self._manifest_path = os.path.join(self.state, name)
        self.partials = os.path.join(self.state, name[: -len(".json")] + ".partial")
        self.hold_path = os.path.join(self.state, "lock")

    def target(self, path: str) -> str:
        """Where a file of the repository belongs."""
        return os.path.join(self.path, path)

    def read_manifest(self) -> Manifest | None:
        """The manifest of this repository; None without one, or with a damaged one."""
        try:
            with open(self._manifest_path, encoding="utf-8") as handle:
                found = parse_manifest(handle.read())
        except (OSError, UnicodeDecodeError):
            return None
        return found if found and (found.repo_type, found.repo_id) == self._repo else None

    def claimed_by_others(self) -> dict[str, str]:
        """Files of other repositories in the same folder: path to ``type owner/name``."""
        claimed: dict[str, str] = {}
        own = os.path.basename(self._manifest_path)
        with contextlib.suppress(OSError):
            for entry in sorted(os.listdir(self.state)):
                if entry.endswith(".json") and entry != own:
                    with open(os.path.join(self.state, entry), encoding="utf-8") as handle:
                        other = parse_manifest(handle.read())
                    if other is not None:
                        claimed.update(dict.fromkeys(other.files, f"{other.repo_type} {other.repo_id}"))
        return claimed

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest by one rename."""
        descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=self.state)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                handle.write(manifest_text(manifest))
                handle.flush()
                os.fsync(handle.fileno())
            os.chmod(temporary, 0o644)
            os.rename(temporary, self._manifest_path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def look(self, paths: Iterable[str]) -> dict[str, Seen]:
        """Those of the paths that exist, as they lie there."""
        seen = {}
        for path in paths:
            try:
                found = os.lstat(self.target(path))
            except (FileNotFoundError, NotADirectoryError):
                continue
            seen[path] = Seen(found.st_size, found.st_mtime_ns, stat.S_ISREG(found.st_mode))
        return seen

    def prepare(self) -> None:
        """Make the folder and its state folder.

        :raises ModelEnvError: it cannot be written.
        """
        try:
            os.makedirs(self.partials, exist_ok=True)
        except OSError as error:
            raise unwritable(self.path, str(error)) from error

    def refuse_escapes(self, files: Iterable[HubFile]) -> None:
        """Refuse files whose folder is, by a link inside the target folder, somewhere else."""
        root, good = os.path.realpath(self.path), set()
        for file in files:
            parent = os.path.dirname(file.path)
            if parent in good:
                continue
            real = os.path.realpath(self.target(parent))
            if real != root and not real.startswith(root.rstrip("/") + "/"):
                raise ModelEnvError(
                    f"{parent} leads out of the target folder, to {real}",
                    where=self.path,
                    why="a link lies where the repository has a folder",
                    todo="remove the link, or choose another local_dir",
                    kind="invalid",
                )
            good.add(parent)

    def clean(self, wanted: Iterable[HubFile]) -> None:
        """Remove partial files that no longer belong to anything, and what killed runs left of their own."""
        names = {partial_name(file) for file in wanted}
        with contextlib.suppress(FileNotFoundError):
            for entry in os.listdir(self.partials):
                if os.path.splitext(entry)[0] not in names:
                    os.unlink(os.path.join(self.partials, entry))
        for entry in os.listdir(self.state):
            if entry.startswith((".new-", "lock.")):
                path = os.path.join(self.state, entry)
                with contextlib.suppress(OSError):
                    if time.time() - os.stat(path).st_mtime > _LITTER_SECONDS:
                        os.unlink(path)

    def finish(self, touched: Iterable[str]) -> None:
        """Make the names durable, and leave no empty state behind."""
        for folder in sorted({os.path.dirname(self.target(path)) for path in touched} | {self.state}):
            with contextlib.suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, and the folders below the target folder that are empty then."""
        for path in paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(self.target(path))
            parent = os.path.dirname(path)
            while parent:
                try:
                    os.rmdir(self.target(parent))
                except OSError:
                    break
                parent = os.path.dirname(parent)

    def forget(self) -> None:
        """Remove the manifest and the partial files of this repository."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._manifest_path)
        filesystem.remove_tree(self.partials)

    def leave(self) -> None:
        """Remove our folders and the target folder where they are empty. Call it once the hold is released."""
        for folder in (self.partials, self.state, self.path):
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def has_state(self) -> bool:
        """Whether anything of this repository was kept here: a manifest or partial files."""
        return os.path.lexists(self._manifest_path) or os.path.isdir(self.partials)


def unwritable(path: str, why: str) -> ModelEnvError:
    """The target folder cannot be written."""
    return ModelEnvError(
        "the target folder cannot be written",
        where=path,
        why=why,
        todo="connect as another user, use become, or choose another local_dir",
        kind="io",
    )
