# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``lock``: one resolution for each spec; one that fails stops no other."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.locks.resolution import Resolution, ResolutionSettings
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec


def lock(
    runner: Runner, settings: ResolutionSettings, specs: Mapping[str, Spec], previous: Mapping[str, str]
) -> dict[str, Any]:
    """Resolve specs.

    :param previous: text of the lock before, by name.
    :returns: ``resolved`` (by name: ``pylock``, the resolver's text, and ``notes``), ``failures`` (message by name) and
        ``resolver`` (its name and version).
    """
    resolution = Resolution(runner, settings)
    resolved: dict[str, Any] = {}
    failures: dict[str, str] = {}
    for name, spec in sorted(specs.items()):
        try:
            found = resolution.resolve(spec, previous.get(name, ""))
            resolved[name] = {"pylock": found.pylock, "notes": list(found.notes)}
        except ModelEnvError as error:
            failures[name] = error.with_(where=error.where or name).message
    return {"resolved": resolved, "failures": failures, "resolver": resolution.resolver}
