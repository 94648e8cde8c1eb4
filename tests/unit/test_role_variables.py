# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a node knows the options of its module, and not who sets them: it names no variable of a role."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]


def role_variables(roles: Path) -> set[str]:
    """Every variable that a role has a default for, or that its argument specs name."""
    found: set[str] = set()
    for path in roles.glob("*/defaults/*.yml"):
        found.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    for path in roles.glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found.update(entry.get("options", {}))
    return found


def test_no_role_variable_is_named_on_the_nodes_side() -> None:
    names = role_variables(PROJECT / "roles")
    assert {"model_env_root", "hf_weights_token", "flash_attn_archs"} < names
    pattern = re.compile(r"\b(?:" + "|".join(sorted(names)) + r")\b")
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in sorted((PROJECT / "plugins" / "module_utils").rglob("*.py"))
        if "_vendor" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], 'say "the option `x`": the action names the variable that sets it (plugin_utils/words.py)'
