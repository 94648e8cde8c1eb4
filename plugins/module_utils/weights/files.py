# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Hub repository holds, and which of it is wanted."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Iterable, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

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
        held: dict[str, HubFile] = {file.path: file for file in every}
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


def _below(pattern: str) -> str:
    return pattern + "*" if pattern.endswith("/") else pattern


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
