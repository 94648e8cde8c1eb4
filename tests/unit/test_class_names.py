# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One name, one thing: no two classes of the collection have the same name, those for their own file (_Name) aside."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
# Ansible gives these names.
ANSIBLES = {"ActionModule", "FilterModule", "ModuleDocFragment"}
# What a node says, as the node writes it and as the controller reads it.
BOTH_ENDS = {"Change", "Look", "Resolved"}


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path in PLUGINS.rglob("*.py"):
        if "_vendor" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(PLUGINS)))
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if name not in ANSIBLES | BOTH_ENDS} == {}
