# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ninja's own files say about a build: how many steps there are, and which are done.

``build.ninja`` is written by torch.utils.cpp_extension, one ``build`` statement for each compiled file. The format of
``.ninja_log`` is in ninja's manual ("The Ninja log"): start, end, time stamp, output and a hash, between tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BUILD_FILE = "build.ninja"
LOG_FILE = ".ninja_log"
_STATEMENT = re.compile(r"^build (?P<output>.+?): (?P<rule>\w+) ", re.MULTILINE)


def outputs(build_file: str) -> set[str]:
    """The files that the build compiles."""
    return {unescaped(match["output"]) for match in _STATEMENT.finditer(build_file) if match["rule"] != "phony"}


def finished(log: str) -> set[str]:
    """The outputs of the steps that have come to a good end."""
    found = set()
    for line in log.splitlines():
        fields = line.split("\t")
        if not line.startswith("#") and len(fields) == 5:
            found.add(fields[3])
    return found


def progress(build_files: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Steps that are done, and steps in all.

    :param build_files: the text of each ``build.ninja`` with that of the log beside it.
    """
    done = total = 0
    for build_file, log in build_files:
        wanted = outputs(build_file)
        total += len(wanted)
        done += len(wanted & finished(log))
    return done, total


def unescaped(path: str) -> str:
    """A path as the file system has it."""
    return re.sub(r"\$([ :$])", r"\1", path)
