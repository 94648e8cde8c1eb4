# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that the contract `pure` of pyproject.toml names every file that touches nothing outside, and no other.

import-linter keeps the files that are named from importing what does I/O. It cannot know that one is missing from the
list, sees ``urllib.request`` and ``urllib.parse`` as one, and knows nothing of what needs no import (``open``).
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Iterator

import tomllib

PROJECT = Path(__file__).resolve().parents[2]
PREFIX = "ansible_collections.portable.model_env."
ROOTS = ("module_utils", "plugin_utils")
# Beside the modules that the contract forbids. A loader reads the files of packages.
_OUTSIDE_MODULES = ("urllib.request", "urllib.error", "urllib.robotparser")
_OUTSIDE_NAMES = frozenset({"open", "print", "input", "__import__", "__loader__"})


def problems(project: Path, listed: list[str], forbidden: list[str]) -> list[str]:
    """Compare the files below plugins/module_utils and plugins/plugin_utils with the list.

    :param listed: ``source_modules`` of the contract: files, or rooms with all that is in them.
    :param forbidden: ``forbidden_modules`` of the contract.
    :returns: one line for each file that is wrongly missing or wrongly named.
    """
    files = {
        PREFIX + ".".join(path.relative_to(project).with_suffix("").parts): ast.parse(path.read_bytes())
        for root in ROOTS
        for path in (project / "plugins" / root).rglob("*.py")
        if path.name != "__init__.py" and "_vendor" not in path.parts
    }
    imports = {name: set(_imports(tree)) for name, tree in files.items()}
    outside = {name for name, tree in files.items() if _touches(tree, imports[name], (*forbidden, *_OUTSIDE_MODULES))}
    while True:
        reached = {name for name in files if any(_below(one, outside) for one in imports[name])} - outside
        if not reached:
            break
        outside |= reached
    found = []
    for name in sorted(files):
        path = name[len(PREFIX) :].replace(".", "/") + ".py"
        if name in outside and _below(name, listed):
            found.append(f"{path}: is listed as a file without I/O, but touches the outside")
        if name not in outside and not _below(name, listed):
            found.append(f"{path}: touches nothing outside; add it to the contract `pure`, so that it stays so")
    return found


def _below(name: str, others: list[str] | set[str]) -> bool:
    """Whether a dotted name is one of the others, or lies in one."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in others for end in range(1, len(parts) + 1))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _touches(tree: ast.AST, imports: set[str], outside: tuple[str, ...]) -> bool:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "__loader__"}
    return bool(names & _OUTSIDE_NAMES) or any(_below(one, set(outside)) for one in imports)


def main() -> int:
    """Check this project; the exit status is the number of problems, at most 1."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "pure")
    found = problems(PROJECT, contract["source_modules"], contract["forbidden_modules"])
    for line in found:
        print(line, file=sys.stderr)
    return min(1, len(found))


if __name__ == "__main__":
    sys.exit(main())
