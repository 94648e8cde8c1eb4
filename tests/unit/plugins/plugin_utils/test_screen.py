# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminal: what reaches it, and that nothing else reaches it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils import screen

_PLUGINS = Path(__file__).resolve().parents[4] / "plugins"


@pytest.mark.parametrize("way", ["show", "warn"])
def test_what_a_terminal_obeys_is_shown(way: str, capfd: pytest.CaptureFixture[str]) -> None:
    getattr(screen, way)("n1: \x1b]0;title\x07\x1b[2J \x9b2J \u202ekcab\nn2: fine")
    printed = "".join(capfd.readouterr())
    assert r"n1: \x1b]0;title\x07\x1b[2J \x9b2J \u202ekcab" in printed.replace("\n", " ").replace("  ", " ")
    assert not {"\x07", "\x9b", "\u202e"} & set(printed)


def test_nothing_else_shows_a_text() -> None:
    """Neither Ansible's display, nor print: every other file hands its text to this one."""
    found = []
    for path in _PLUGINS.rglob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Name)}
        if names & {"Display", "print"} and not {"_vendor", "probes"} & set(path.parts):
            found.append(str(path.relative_to(_PLUGINS)))
    assert found == ["plugin_utils/screen.py"]
