# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Hub repository holds, and which of it is wanted."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Iterable, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

STATE_FOLDER = ".model_env"
REPO_TYPES = ("model", "dataset", "space")


@dataclass(frozen=True)
class Selection:
    """Which files of a repository are wanted; all three empty: every file.

    :ivar allow: wildcards of which a path must match at least one.
    :ivar ignore: wildcards of which a path must match none.
    :ivar names: exact paths; with any, the wildcards are not looked at (as in ``hf download REPO FILE...``).
    """

    allow: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def select(files: Iterable[HubFile], selection: Selection) -> tuple[list[HubFile], list[str]]:
    """Apply a selection as huggingface_hub's ``filter_repo_objects`` does.

    A wildcard is matched by :func:`fnmatch.fnmatchcase` over the whole path (``*`` crosses ``/``), and one that
    ends in ``/`` means everything below that folder.

    :returns: the wanted files, and the named files that the repository does not hold.
    """
    every = list(files)
    if selection.names:
        held = {file.path: file for file in every}
        missing = [name for name in selection.names if name not in held]
        return [held[name] for name in dict.fromkeys(selection.names) if name in held], missing
    allow = [_below(pattern) for pattern in selection.allow]
    ignore = [_below(pattern) for pattern in selection.ignore]
    wanted = []
    for file in every:
        if allow and not _matches(file.path, allow):
            continue
        if ignore and _matches(file.path, ignore):
            continue
        wanted.append(file)
    return wanted, []


def refuse_unsafe_paths(files: Iterable[HubFile], where: str) -> None:
    """Refuse a listing that would write outside the target folder or into the state folder.

    :raises ModelEnvError: (``invalid``) a path is absolute, climbs, is empty, or enters ``.model_env``.
    """
    for file in files:
        parts = file.path.split("/")
        bad = not file.path or file.path.startswith("/") or "\x00" in file.path or "\\" in file.path
        if bad or any(part in ("", ".", "..") for part in parts) or parts[0] == STATE_FOLDER:
            raise ModelEnvError(
                f"the repository lists the file name {file.path!r}, which cannot be placed below the target folder",
                where=where,
                why="the name is absolute, climbs out of the folder, or enters the one with this module's own state",
                todo="leave the file out with ignore_patterns, and report the repository if it is not yours",
                kind="invalid",
            )


def _below(pattern: str) -> str:
    return pattern + "*" if pattern.endswith("/") else pattern


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
