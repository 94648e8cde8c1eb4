# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installed distributions that nothing requires: for an installer that cannot say."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from ansible_collections.portable.model_env.plugins.module_utils._vendor import packaging
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.base import prefix_of
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import offline
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import parse_requirement

_SECONDS = 60.0

# Runs in the environment itself, because markers speak of its Python; ``packaging`` is the vendored one.
_PROBE = """
import importlib.metadata, json, sys
given = json.loads({given!r})
sys.path.insert(0, given["vendored"])
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as key
found = {{key(d.metadata["Name"]): d.requires or [] for d in importlib.metadata.distributions(path=given["site"])}}
found.update(given["coming"])
todo = [Requirement(line) for line in given["roots"]]
todo = [(key(r.name), frozenset(r.extras)) for r in todo if r.marker is None or r.marker.evaluate({{"extra": ""}})]
seen = set()
while todo:
    name, extras = todo.pop()
    if (name, extras) in seen or name not in found:
        continue
    seen.add((name, extras))
    for line in found[name]:
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({{"extra": e}}) for e in extras or ("",)):
            todo.append((key(wanted.name), frozenset(wanted.extras)))
print(json.dumps(sorted(set(found) - {{name for name, _ in seen}})))
"""


def unneeded(
    context: Context,
    python: str,
    lines: Sequence[str],
    coming: Mapping[str, Sequence[str]] | None = None,
    *,
    tmpdir: str,
) -> list[str]:
    """Canonical names of what is installed and not required, directly or indirectly.

    :param lines: the requirement lines.
    :param coming: what is about to be installed, canonical name -> its ``Requires-Dist``.
    :raises ModelEnvError: kind ``interpreter``; the environment's Python does not run.
    """
    prefix = prefix_of(python)
    given = {
        # A folder, or inside the archive that Ansible sends a module as: Python imports from both.
        "vendored": os.path.dirname(os.path.dirname(str(packaging.__file__))),
        "site": [site_packages.site_packages(prefix)],
        "coming": dict(coming or {}),
        "roots": [_root(line, prefix) for line in lines],
    }
    script = _PROBE.format(given=json.dumps(given))
    result = context.runner.run(
        [python, "-I", "-"], env=offline(context.environ, tmpdir), stdin=script, timeout=_SECONDS
    )
    if result.rc != 0:
        raise ModelEnvError(
            "cannot find out what of this environment is not required",
            where=prefix,
            why=(result.stderr.strip().splitlines() or ["no answer"])[-1],
            todo="repair the environment (remove it and run again), or use state: present",
            kind="interpreter",
        )
    return list(map(str, json.loads(result.stdout)))


def _root(line: str, prefix: str) -> str:
    """A line without what the library cannot read: editable paths become names."""
    if not line.startswith("-e "):
        parsed = parse_requirement(line)
        return parsed.head + (f" ; {parsed.marker}" if parsed.marker else "") if parsed else line
    path, bracket, extras = line[len("-e ") :].partition("[")
    path = unquote(path[len("file://") :]) if path.startswith("file://") else path
    for name, distribution in site_packages.read(prefix).items():
        if distribution.editable and origins.identity("", distribution.origin)[0] == f"-e {path.rstrip('/')}":
            return name + bracket + extras
    return os.path.basename(path.rstrip("/")) + bracket + extras
