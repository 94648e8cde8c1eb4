# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with each file of a repository: the difference between its listing and a folder, as data."""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple

from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Held
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    HubFile,
    RepoPath,
)

KEEP, HASH, FETCH, REMOVE = "keep", "hash", "fetch", "remove"
MISSING, OUTDATED = "missing", "of another commit"


class Seen(NamedTuple):
    """A file as it lies in the folder: size in bytes and modification time in ns; ``regular`` is false for a link."""

    size: int
    mtime_ns: int
    regular: bool = True


class FileAction(NamedTuple):
    """What to do with one path, and why.

    :ivar action: ``keep`` it; ``hash`` it, since only its content can tell; ``fetch`` it; ``remove`` it.
    :ivar wrong: something with that name is there and is not what the repository holds.
    """

    action: str
    file: HubFile
    reason: str
    wrong: bool = False


def plan_files(
    wanted: Iterable[HubFile], held: Mapping[RepoPath, Held], seen: Mapping[str, Seen], *, full: bool
) -> list[FileAction]:
    """Compare.

    :param wanted: the selected files of the commit.
    :param held: what the manifest says was verified.
    :param seen: what lies in the folder, of the paths in ``wanted`` and ``held``.
    :param full: look at the content of every file that is there, whatever its size and time say.
    """
    actions, names = [], set()
    for file in wanted:
        names.add(file.path)
        actions.append(_one(file, held.get(file.path), seen.get(file.path), full))
    for path in sorted(path for path in held if path not in names and path in seen):
        listed = HubFile(path, held[path].size, held[path].raw)
        actions.append(FileAction(REMOVE, listed, "listed by the manifest and not wanted any more"))
    return actions


def _one(file: HubFile, held: Held | None, seen: Seen | None, full: bool) -> FileAction:
    if seen is None:
        return FileAction(FETCH, file, MISSING)
    if not seen.regular:
        return FileAction(FETCH, file, "it is a link or no file", wrong=True)
    if seen.size != file.size:
        outdated = held is not None and held.raw != file.raw and held.size == seen.size
        reason = OUTDATED if outdated else f"has {seen.size} bytes instead of {file.size}"
        return FileAction(FETCH, file, reason, wrong=not outdated)
    if held is not None and (held.size, held.mtime_ns) == (seen.size, seen.mtime_ns):
        if held.raw != file.raw:
            return FileAction(FETCH, file, OUTDATED)
        if not full:
            return FileAction(KEEP, file, "verified before")
        return FileAction(HASH, file, "full verification")
    return FileAction(HASH, file, "changed since it was verified" if held else "not in the manifest")
