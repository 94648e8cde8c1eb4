# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the output of a build of compiled code means. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import Failure

MEMORY = "no_memory"
OTHER = "build_failed"

# The compiler, or what it starts, was killed, or was refused memory. g++ and nvcc say it so; the last is Python's
# subprocess about ninja.
_KILLED = re.compile(
    r"Killed signal terminated program|died due to signal 9|died with <Signals\.SIGKILL: 9>"
    r"|^\S*: line \d+: +\d+ Killed|out of memory allocating \d+ bytes|virtual memory exhausted: Cannot allocate memory"
    r"|ptxas fatal\s*: Memory allocation failure|Cannot allocate memory",
    re.MULTILINE,
)

_Rule = tuple[str, Callable[["re.Match[str]"], Failure]]
_RULES: list[_Rule] = [
    (
        r"No space left on device|Disk quota exceeded",
        lambda m: Failure("no_space", "ran out of disk space", m.group(), "free space on the filesystem of the root"),
    ),
    (
        r"Invalid cross-device link: '([^']+)' -> '([^']+)'",
        lambda m: Failure(
            OTHER,
            "moved a file across filesystems",
            f"setup.py renames {m[1]} to {m[2]}, and they lie on two filesystems",
            "this is an error of the collection, which keeps both on one: report it with the full output",
        ),
    ),
    (
        r"ModuleNotFoundError: No module named '([\w.]+)'",
        lambda m: Failure(
            OTHER,
            f"needs the module {m[1]}",
            "setup.py imports it, and nothing brings it, because it is built without isolation",
            "add the distribution that has it to the build tools",
        ),
    ),
    (
        r"#error (C\+\+\d+ or later compatible compiler is required[^\n]*)"
        r"|error: (?:\W|std::)*(strong_ordering)\W* (?:is not a member of|in namespace)",
        lambda m: Failure(
            OTHER,
            "is compiled as an older C++ than torch's headers need",
            m[1] or f"std::{m[2]} is of C++20",
            "choose an older torch, or a newer version of the package",
        ),
    ),
    (
        r"Unsupported gpu architecture '([^']+)'",
        lambda m: Failure(
            OTHER, f"asks nvcc for {m[1]}", "this nvcc does not know it", "choose a torch of a newer CUDA"
        ),
    ),
    (
        r"The detected CUDA version \(([\d.]+)\) mismatches the version that was used to compile\s+PyTorch "
        r"\(([\d.]+)\)",
        lambda m: Failure(
            OTHER,
            f"found nvcc {m[1]}, and torch is of CUDA {m[2]}",
            "torch refuses another major version",
            "set CUDA_HOME to a toolkit that fits",
        ),
    ),
    (
        r"The current installed version of \S+ \([^)]+\) is (?:greater|less) than[^\n]+",
        lambda m: Failure(OTHER, "found a C++ compiler that this CUDA does not take", m.group(), "install another g++"),
    ),
    (
        r"^(?:[^\s:]+:\d+(?::\d+)?: )?(?:fatal )?error: [^\n]+|^nvcc fatal[^\n]+|^[\w.]+Error: [^\n]+",
        lambda m: Failure(OTHER, "failed", m.group().strip(), "read the full output"),
    ),
]


def killed_by_memory(output: str, rc: int) -> bool:
    """Whether a build failed for want of memory.

    :param output: its standard output and error.
    :param rc: its exit status; negative: the signal.
    """
    return rc in (-9, 137) or _KILLED.search(output) is not None


def explain(output: str) -> Failure:
    """Why a build failed; what it completes begins with the package's name. The lines are those of ``pip wheel -v``."""
    plain = re.sub(r"^ {2}", "", output, flags=re.MULTILINE)  # pip indents what setup.py says
    for pattern, make in _RULES:
        match = re.search(pattern, plain, re.MULTILINE)
        if match:
            return make(match)
    return Failure(OTHER, "failed", "", "read the full output")


def failure(package: str, where: str, output: str, log: str) -> ModelEnvError:
    """The failure of a package's setup.py, for the operator.

    :param where: the slug of the key.
    :param output: what setup.py and the compilers printed.
    :param log: path of the log.
    """
    found = explain(output)
    return ModelEnvError(
        f"{package} {found.what}", where=where, why=found.why, todo=found.todo, kind=found.kind, log=log
    )
