# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target folder: its files, and the state folder ``.model_env`` in it with manifests, partial files and the hold.

Others may write the target folder: those who use the weights often do. So everything in it is reached by
``host/below.py``, no link in it is followed, and of the state folder only what is this user's is believed or written.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from types import MappingProxyType
from typing import Iterable, Mapping, cast

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import below
from ansible_collections.portable.model_env.plugins.module_utils.host.below import Below
from ansible_collections.portable.model_env.plugins.module_utils.host.encoding import on_disk
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import (
    Held,
    Manifest,
    file_name,
    manifest_text,
    parse_manifest,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import Seen
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import partial_name, peek
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    STATE_FOLDER,
    HubFile,
    RepoPath,
)

_LITTER_SECONDS = 300.0
_NOTHING: Mapping[RepoPath, Held] = MappingProxyType({})
_NOT_THERE = (FileNotFoundError, NotADirectoryError)


class TargetFolder:
    """One repository in one folder.

    What it does with the folder raises ``ModelEnvError`` of kind ``foreign`` where it finds something that somebody
    else put in the place of what is this user's.

    :param path: absolute path of the target folder; need not exist.
    :param repo_type: model, dataset or space.
    :param repo_id: ``owner/name``.
    :param owners: whose state is believed.
    """

    def __init__(self, path: str, repo_type: str, repo_id: str, owners: Owners | None = None) -> None:
        self.path = on_disk(os.path.normpath(path))
        self.state = os.path.join(self.path, STATE_FOLDER)
        self._manifest = file_name(repo_type, repo_id)
        self._partials = self._manifest[: -len(".json")] + ".partial"
        self._repo = (repo_type, repo_id)
        self.owners = owners or Owners()
        self.partials = os.path.join(self.state, self._partials)
        self.hold_path = os.path.join(self.state, "lock")

    def open(self, make: bool = False) -> Below:
        """The target folder.

        :param make: make it if it is missing.
        :raises OSError: it is missing, or cannot be made.
        """
        return below.open_folder(self.path, self.owners, make)

    def open_state(self, make: bool = False) -> Below:
        """The state folder; as :meth:`open`."""
        with self.open(make) as root:
            return root.own_folder(STATE_FOLDER, make)

    def open_partials(self, make: bool = False) -> Below:
        """The folder of this repository's partial files; as :meth:`open`."""
        with self.open_state(make) as state:
            return state.own_folder(self._partials, make)

    def open_file(self, path: str) -> int:
        """Descriptor of a file of the repository, for reading.

        :raises OSError: it is missing, or no plain file.
        """
        parents, name = _placed(path)
        with self.open() as root, root.folder(parents) as folder:
            return folder.file(name)

    def target(self, path: str) -> str:
        """Where a file of the repository belongs, for messages."""
        return os.path.join(self.path, path)

    def read_manifest(self) -> Manifest | None:
        """The manifest of this repository; None without one, or with a damaged one."""
        try:
            with self.open_state() as state:
                found = parse_manifest(state.own_pieces(self._manifest))
        except (OSError, UnicodeDecodeError):
            return None
        return found if found and (found.repo_type, found.repo_id) == self._repo else None

    def claimed_by_others(self) -> dict[str, str]:
        """Files of other repositories in the same folder: path to ``type owner/name``."""
        claimed: dict[str, str] = {}
        with contextlib.suppress(OSError), self.open_state() as state:
            for entry in state.names():
                if entry.endswith(".json") and entry != self._manifest:
                    with contextlib.suppress(UnicodeDecodeError):
                        other = parse_manifest(state.own_pieces(entry))
                        if other is not None:
                            claimed.update(dict.fromkeys(other.files, f"{other.repo_type} {other.repo_id}"))
        return claimed

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest by one rename."""
        with self.open_state() as state:
            state.put(self._manifest, manifest_text(manifest))

    def look(self, paths: Iterable[str], held: Mapping[RepoPath, Held] = _NOTHING) -> dict[str, Seen]:
        """Those of the paths that exist, as they lie there; what lies behind a link is not there.

        :param held: what the manifest says of them; words that are the same are not kept twice.
        """
        by_folder: dict[tuple[str, ...], list[str]] = {}
        for path in paths:
            by_folder.setdefault(_placed(path)[0], []).append(path)
        seen = {}
        with contextlib.suppress(*_NOT_THERE), self.open() as root:
            for parents, entries in by_folder.items():
                with contextlib.suppress(*_NOT_THERE), root.folder(parents) as folder:
                    for path in entries:
                        with contextlib.suppress(*_NOT_THERE):
                            found = folder.stat(_placed(path)[1])
                            seen[path] = _seen(found, held.get(cast("RepoPath", path)))
        return seen

    def prepare(self) -> None:
        """Make the folder and its state folder.

        :raises ModelEnvError: it cannot be written.
        """
        try:
            self.open_partials(make=True).close()
        except OSError as error:
            raise unwritable(self.path, str(error)) from error

    def refuse_foreign(self) -> None:
        """Refuse what a run would refuse, without a change.

        :raises ModelEnvError: kind ``foreign``.
        """
        self.read_manifest()
        with contextlib.suppress(OSError), self.open_partials() as partials:
            for name in partials.names():
                partials.demand_file(name)

    def refuse_links(self, files: Iterable[HubFile]) -> None:
        """Refuse files where a link or a file lies in the place of one of their folders.

        :raises ModelEnvError: kind ``invalid``.
        """
        folders = {_placed(file.path)[0] for file in files}
        with contextlib.suppress(*_NOT_THERE), self.open() as root:
            for parents in folders:
                try:
                    root.folder(parents).close()
                except FileNotFoundError:
                    continue
                except NotADirectoryError as error:
                    raise ModelEnvError(
                        f"{'/'.join(parents)} is, or lies behind, a link or a file",
                        where=self.path,
                        why="the repository has a folder there, and no link below the target folder is followed",
                        todo="remove it, or choose another local_dir",
                        kind="invalid",
                    ) from error

    def arrived(self, files: Iterable[HubFile]) -> int:
        """Bytes of these files that an earlier run left in partial files."""
        with contextlib.suppress(*_NOT_THERE), self.open_partials() as partials:
            return sum(peek(partials, file) for file in files)
        return 0

    def clean(self, wanted: Iterable[HubFile]) -> None:
        """Remove partial files that no longer belong to anything, and what killed runs left of their own."""
        names = {partial_name(file) for file in wanted}
        with contextlib.suppress(FileNotFoundError), self.open_partials() as partials:
            for entry in partials.names():
                if os.path.splitext(entry)[0] not in names:
                    partials.remove(entry)
        with self.open_state() as state:
            for entry in state.names():
                if entry.startswith((below.TEMPORARY, "lock.")):
                    with contextlib.suppress(OSError):
                        if time.time() - state.stat(entry).st_mtime > _LITTER_SECONDS:
                            state.unlink(entry)

    def finish(self, touched: Iterable[str]) -> None:
        """Make the names durable."""
        with self.open() as root:
            for parents in {_placed(path)[0] for path in touched}:
                with contextlib.suppress(OSError), root.folder(parents) as folder:
                    folder.sync()
        with contextlib.suppress(OSError), self.open_state() as state:
            state.sync()

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, and the folders below the target folder that are empty then."""
        with contextlib.suppress(*_NOT_THERE), self.open() as root:
            for path in paths:
                parents, name = _placed(path)
                with contextlib.suppress(*_NOT_THERE), root.folder(parents) as folder:
                    folder.unlink(name)
                with contextlib.suppress(OSError):
                    for depth in range(len(parents), 0, -1):
                        with root.folder(parents[: depth - 1]) as folder:
                            folder.rmdir(parents[depth - 1])

    def forget(self) -> None:
        """Remove the manifest and the partial files of this repository."""
        with contextlib.suppress(*_NOT_THERE), self.open_state() as state:
            for name in (self._manifest, self._partials):
                state.remove(name)

    def leave(self) -> None:
        """Remove our folders and the target folder where they are empty. Call it once the hold is released."""
        with contextlib.suppress(OSError, ModelEnvError), self.open() as root:
            with contextlib.suppress(OSError), root.own_folder(STATE_FOLDER) as state:
                state.rmdir(self._partials)
            root.rmdir(STATE_FOLDER)
        parent, name = os.path.split(self.path)
        with contextlib.suppress(OSError, ModelEnvError), below.open_folder(parent, self.owners) as folder:
            folder.rmdir(name)

    def has_state(self) -> bool:
        """Whether anything of this repository was kept here: a manifest or partial files."""
        with contextlib.suppress(OSError), self.open_state() as state:
            return not {self._manifest, self._partials}.isdisjoint(state.names())
        return False


def _placed(path: str) -> tuple[tuple[str, ...], str]:
    """Folders and name of a file of a repository."""
    *parents, name = RepoPath.parse(path).parts
    return tuple(parents), name


def _seen(found: os.stat_result, held: Held | None) -> Seen:
    regular = stat.S_ISREG(found.st_mode)
    if held is not None and (held.size, held.mtime_ns) == (found.st_size, found.st_mtime_ns):
        return Seen(held.size, held.mtime_ns, regular)
    return Seen(found.st_size, found.st_mtime_ns, regular)


def unwritable(path: str, why: str) -> ModelEnvError:
    """The target folder cannot be written."""
    return ModelEnvError(
        "the target folder cannot be written",
        where=path,
        why=why,
        todo="connect as another user, use become, or choose another local_dir",
        kind="io",
    )
