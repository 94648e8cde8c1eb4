# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that each role's argument_specs and defaults name the same variables with the same defaults.

A variable that is required has no default; every other one has the same default in both files.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
MISSING = object()


def problems_of(role: str, options: dict[str, Any], defaults: dict[str, Any], prefixes: tuple[str, ...]) -> list[str]:
    """Compare the two files of one role.

    :param options: ``argument_specs.main.options``.
    :param defaults: the variables of ``defaults/main.yml``.
    :param prefixes: what a variable's name may begin with.
    :returns: one line for each difference.
    """
    found = []
    for name in sorted({*options, *defaults}):
        option = options.get(name)
        if not name.startswith(prefixes):
            found.append(f"{role}: {name} does not begin with {' or '.join(prefixes)}")
        if option is None:
            found.append(f"{role}: {name} has a default but is not in argument_specs")
            continue
        if not option.get("description"):
            found.append(f"{role}: {name} has no description")
        specified, default = option.get("default", MISSING), defaults.get(name, MISSING)
        if option.get("required"):
            if specified is not MISSING or default is not MISSING:
                found.append(f"{role}: {name} is required, but has a default")
        elif default is MISSING:
            found.append(f"{role}: {name} is optional, but has no value in defaults/main.yml")
        elif specified is MISSING:
            found.append(f"{role}: {name} has the default {default!r}, which argument_specs does not show")
        elif specified != default or type(specified) is not type(default):
            found.append(
                f"{role}: {name} defaults to {default!r} in defaults/main.yml, to {specified!r} in argument_specs"
            )
    return found


def read(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping; {} if it is empty or absent."""
    if not path.exists():
        return {}
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def main() -> int:
    """Compare all roles; print the problems and return the exit status."""
    found = []
    roles = sorted(path for path in ROLES.iterdir() if path.is_dir())
    for role in roles:
        specs = read(role / "meta" / "argument_specs.yml").get("argument_specs", {})
        if "main" not in specs:
            found.append(f"{role.name}: meta/argument_specs.yml has no entry `main`")
            continue
        # Roles of one environment share the variables that say where and how (model_env_root, ...).
        prefixes = (f"{role.name}_", "model_env_")
        found += problems_of(
            role.name, specs["main"].get("options") or {}, read(role / "defaults" / "main.yml"), prefixes
        )
    print("\n".join(found) or f"{len(roles)} roles: argument_specs and defaults agree.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
