# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own lints find what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.portable.model_env.tests.lint import files_without_io

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
