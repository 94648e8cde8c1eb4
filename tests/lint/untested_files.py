# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name every file of plugins/ and scripts/ that has logic and no test file at its mirrored place.

The tests of ``plugins/<room>/<file>.py`` are ``tests/unit/plugins/<room>/test_<file>.py``, or the files of the folder
``tests/unit/plugins/<room>/<file>/``; those of ``scripts/<file>.py``, ``tests/unit/scripts/test_<file>.py``.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def problems(project: Path) -> list[str]:
    """One line for each file that has no tests."""
    found = []
    for path in sorted([*(project / "plugins").rglob("*.py"), *(project / "scripts").glob("*.py")]):
        name = path.relative_to(project)
        if "_vendor" in name.parts or not has_logic(
            path.read_text(encoding="utf-8"), module=name.parts[1] == "modules"
        ):
            continue
        folder = project / "tests" / "unit" / name.parent
        if (folder / f"test_{name.name}").is_file() or any((folder / name.stem).glob("test_*.py")):
            continue
        found.append(f"{name}: has no tests; they belong into tests/unit/{name.parent}/test_{name.name}")
    return found


def has_logic(text: str, *, module: bool) -> bool:
    """Whether a file does anything that a test could see fail.

    Constants, dataclasses, protocols and docstrings do not. Nor does a module of Ansible that hands its arguments on:
    ``main`` is all it has, and that neither loops nor branches, but for an error that it turns into ``fail_json``.
    """
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    doing = [function for function in functions if not all(_says_nothing(statement) for statement in function.body)]
    if module and [function.name for function in doing] == ["main"]:
        return any(isinstance(node, _DECISIONS) for node in ast.walk(doing[0]))
    return bool(doing)


_DECISIONS = (ast.For, ast.While, ast.If, ast.IfExp)


def _says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def main() -> int:
    """Check this project; the exit status is the number of problems, at most 1."""
    found = problems(PROJECT)
    for line in found:
        print(line, file=sys.stderr)
    return min(1, len(found))


if __name__ == "__main__":
    sys.exit(main())
