# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own lints find what they are for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.lint import (
    argument_specs,
    files_without_io,
    known_vulnerabilities,
    untested_files,
)

_ROOM = "ansible_collections.portable.model_env.plugins.module_utils."


def _written(project: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("import json", False),
        ("from urllib.parse import urlsplit", False),
        ("import os.path", True),
        ("def f():\n    from os import path", True),
        ("from urllib import request", True),
        ("import urllib.request", True),
        ("def f(p):\n    with open(p) as file:\n        return file.read()", True),
        ("def f(m):\n    return m.__loader__.get_source('m')", True),
        (f"from {_ROOM}host.disk import size", True),
        (f"from {_ROOM}host import disk", True),
        (f"from {_ROOM}middle import size", True),
        (f"from {_ROOM}other import VALUE", False),
    ],
)
def test_files_without_io(tmp_path: Path, text: str, outside: bool) -> None:
    around = {
        "plugins/module_utils/host/disk.py": "import os",
        "plugins/module_utils/middle.py": f"from {_ROOM}host.disk import size",
        "plugins/module_utils/other.py": "VALUE = 1",
    }
    _written(tmp_path, {**around, "plugins/module_utils/room/one.py": text})
    others, forbidden = [_ROOM + "other"], ["os"]
    missing = files_without_io.problems(tmp_path, others, forbidden)
    listed = files_without_io.problems(tmp_path, [*others, _ROOM + "room.one"], forbidden)
    by_room = files_without_io.problems(tmp_path, [*others, _ROOM + "room"], forbidden)
    assert [line.split(":")[0] for line in missing] == ([] if outside else ["plugins/module_utils/room/one.py"])
    assert [line.split(":")[0] for line in listed] == (["plugins/module_utils/room/one.py"] if outside else [])
    assert listed == by_room


@pytest.mark.parametrize(
    ("text", "logic"),
    [
        ("LIMIT = 3", False),
        ("@dataclass\nclass A:\n    '''What it is.'''\n    x: int = 0", False),
        ("class P(Protocol):\n    def f(self) -> int:\n        '''What it gives.'''", False),
        ("class P(Protocol):\n    def f(self) -> int: ...", False),
        ("@dataclass\nclass A:\n    x: int\n    @property\n    def twice(self):\n        return 2 * self.x", True),
        ("def f(x):\n    return x + 1", True),
        ("def main():\n    exit_json(**work())", True),
    ],
)
def test_what_has_logic(text: str, logic: bool) -> None:
    assert untested_files.has_logic(text, module=False) is logic


@pytest.mark.parametrize(
    ("text", "logic"),
    [
        (
            "def main():\n    try:\n        r = work()\n    except E as e:\n        fail_json(e)\n    exit_json(**r)",
            False,
        ),
        ("def main():\n    exit_json(changed=bool([x for x in work() if x]))", False),
        ("def main():\n    r = work()\n    if r:\n        warn(r)", True),
        ("def main():\n    for x in work():\n        warn(x)", True),
        ("def helper():\n    return 1\ndef main():\n    exit_json(x=helper())", True),
    ],
)
def test_what_is_logic_in_a_module(text: str, logic: bool) -> None:
    assert untested_files.has_logic(text, module=True) is logic


def test_untested_files(tmp_path: Path) -> None:
    code = "def f():\n    return 1"
    files = ("plugins/a/one.py", "plugins/a/two.py", "plugins/a/three.py", "plugins/a/b/one.py", "scripts/four.py")
    _written(tmp_path, dict.fromkeys(files, code))
    _written(tmp_path, {"tests/unit/plugins/a/test_one.py": "", "tests/unit/plugins/a/two/test_parts.py": ""})
    found = untested_files.problems(tmp_path)
    assert found == [
        "plugins/a/b/one.py: has no tests; they belong into tests/unit/plugins/a/b/test_one.py",
        "plugins/a/three.py: has no tests; they belong into tests/unit/plugins/a/test_three.py",
        "scripts/four.py: has no tests; they belong into tests/unit/scripts/test_four.py",
    ]


@pytest.mark.parametrize(
    ("options", "defaults", "problem"),
    [
        ({"r_a": {"description": "d", "default": 1}}, {"r_a": 1}, ""),
        ({"r_a": {"description": "d", "default": None}}, {"r_a": None}, ""),
        ({"r_a": {"description": "d", "required": True}}, {}, ""),
        ({"model_env_root": {"description": "d", "default": "/x"}}, {"model_env_root": "/x"}, ""),
        ({"r_a": {"description": "d", "required": True}}, {"r_a": ""}, "is required, but has a default"),
        ({"r_a": {"description": "d", "default": 1}}, {"r_a": True}, "defaults to True"),
        ({"r_a": {"description": "d", "default": []}}, {}, "has no value in defaults"),
        ({"r_a": {"description": "d"}}, {"r_a": []}, "which argument_specs does not show"),
        ({}, {"r_a": []}, "is not in argument_specs"),
        ({"r_a": {"default": 1}}, {"r_a": 1}, "has no description"),
        ({"other": {"description": "d", "default": 1}}, {"other": 1}, "does not begin with"),
    ],
)
def test_lint_of_roles_variables(options: dict[str, Any], defaults: dict[str, Any], problem: str) -> None:
    found = argument_specs.problems_of("r", options, defaults, ("r_", "model_env_"))
    assert len(found) == (1 if problem else 0), found
    assert problem in "".join(found)


CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "lines", "skipped"),
    [
        ([CLEAN], [], []),
        ([CLEAN, BAD], ["b 2: PYSEC-1, mended in 3"], []),
        ([CLEAN, SKIPPED], [], ["not found"]),
    ],
)
def test_known_vulnerabilities(found: list[Any], lines: list[str], skipped: list[str]) -> None:
    assert known_vulnerabilities.judged(0, json.dumps({"dependencies": found}), "") == (lines, skipped)


@pytest.mark.parametrize(
    ("output", "why"),
    [(json.dumps({"dependencies": [SKIPPED]}), "not found"), ("", "no route"), ('{"dependencies": []}', "no package")],
)
def test_what_could_not_be_looked_up_is_said(output: str, why: str) -> None:
    with pytest.raises(known_vulnerabilities.NotChecked, match=why):
        known_vulnerabilities.judged(1, output, "Traceback\nConnectionError: no route\n")
