# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements files, as far as they say what to install."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement

# What belongs in the module's options instead.
_OPTIONS = {
    "-i": "index_url",
    "--index-url": "index_url",
    "--extra-index-url": "extra_index_urls",
    "-f": "find_links",
    "--find-links": "find_links",
    "--require-hashes": "require_hashes",
    "-e": "git (with editable: true)",
    "--editable": "git (with editable: true)",
}


@dataclass
class Content:
    """What a file says.

    :ivar requirements: in order, with their hashes.
    :ivar files: further requirements files, relative to this one.
    :ivar constraints: constraint files, relative to this one.
    """

    requirements: list[Requirement] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)


def read(text: str, path: str) -> Content:
    """Read a requirements file.

    :param path: for messages.
    :raises ModelEnvError: kind ``invalid``; it holds an option that belongs in the task.
    """
    content = Content()
    for number, line in _lines(text):
        included = re.fullmatch(r"(-r|--requirement|-c|--constraint)(?:\s+|=)(\S.*)", line)
        if included:
            target = content.files if included.group(1) in ("-r", "--requirement") else content.constraints
            target.append(included.group(2).strip())
        elif line.startswith("-"):
            raise _misplaced(line, number, path)
        else:
            hashes = tuple(re.findall(r"--hash[=\s]\s*(\S+)", line))
            rest = re.sub(r"\s*--hash[=\s]\s*\S+", "", line).strip()
            if " --" in rest:
                raise _misplaced(rest[rest.index(" --") + 1 :], number, path)
            content.requirements.append(Requirement(rest, hashes))
    return content


def _lines(text: str) -> list[tuple[int, str]]:
    """Logical lines with the number of their first: joined at backslashes, without comments."""
    found: list[tuple[int, str]] = []
    kept, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        start = start or number
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if line.endswith("\\"):
            kept += line[:-1] + " "
            continue
        whole = (kept + line).strip()
        if whole:
            found.append((start, whole))
        kept, start = "", 0
    if kept.strip():
        found.append((start, kept.strip()))
    return found


def _misplaced(line: str, number: int, path: str) -> ModelEnvError:
    option = re.split(r"[\s=]", line, maxsplit=1)[0]
    instead = _OPTIONS.get(option)
    return ModelEnvError(
        f"{path}, line {number}: the option {option} is not taken from a requirements file",
        why="where packages come from and how they are built is said in the task",
        todo=f"use the module's option {instead}" if instead else "remove it",
        kind="invalid",
    )
