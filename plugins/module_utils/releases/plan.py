# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``plan``: reads the node once, returns what is to be done for all its environments."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.os_packages import OsPackages
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.difference import BUILD, KEEP
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot, summary
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels, WheelSettings


def plan(
    runner: Runner,
    root: str,
    specs: Mapping[str, Spec],
    absent: list[str],
    interpreters: Mapping[str, str],
    minimum_free: int,
    wheels: WheelSettings | None = None,
    owners: Owners | None = None,
) -> dict[str, Any]:
    """Read the node and compare.

    Nothing is started for an environment that matches its spec: its receipt and its ``dist-info`` folders are read, and
    that is all.

    :param specs: by name.
    :param absent: names of environments to remove.
    :param interpreters: version to path, from the operator.
    :param minimum_free: bytes that must be free on the root's filesystem before anything is built.
    :param wheels: where wheels of torch extensions may come from; None: the node's own wheelhouse, and their projects.
    :param owners: whose folders are believed.
    :returns: ``work`` (entries to build, activate, remove or clean, in order), ``kept`` (name to summary), ``blocked``
        (entries with an ``error``), ``wheels`` (of the environments to build, ``blocked`` or not, see
        ``wheels/search.py``), ``os_packages``, ``free_bytes`` and ``holder`` (of the root, or None), and
        ``root`` (which folder it is).
    """
    tree = ModelRoot(root, owners)
    places = Wheels(runner, wheels or WheelSettings(tree.wheelhouse, owners=tree.owners), os.environ)
    found: list[dict[str, Any]] = []
    finder = Interpreters(runner, interpreters)
    work: list[dict[str, Any]] = []
    kept: dict[str, Any] = {}
    blocked: list[dict[str, Any]] = []
    builds: list[Spec] = []
    for name, spec in sorted(specs.items()):
        planned = tree.plan(spec)
        if planned.action == KEEP:
            trial = tree.activations.read(name, planned.release).trial is not None
            kept[name] = {
                "release": planned.release,
                "trial": trial,
                **summary(tree.receipt(planned.release) or receipts.NONE),
            }
            continue
        building = planned.action == BUILD
        error = _obstacle(spec, finder, tree, minimum_free) if building else None
        searched = places.search(places.predicted(spec), take=False) if building else []
        error = error or next(filter(None, map(choice.hopeless, searched)), None)
        found.extend({**one, "blocked": error is not None} for one in searched)
        reasons = list(planned.reasons)
        if error is not None:
            blocked.append({"name": name, "reasons": reasons, "error": error.as_dict(), "msg": error.message})
            continue
        work.append({**asdict(planned), "reasons": reasons, "spec": spec.to_dict()})
        if building:
            builds.append(spec)
    work.extend(
        {"name": name, "action": "remove", "release": "", "reasons": ["it is listed as absent"], "spec": {}}
        for name in sorted(absent)
        if tree.owns(name)
    )
    holder = tree.holder()
    if not work and holder is None and tree.litter():
        work.append({"name": "", "action": "clean", "release": "", "reasons": tree.litter(), "spec": {}})
    return {
        "work": work,
        "kept": kept,
        "blocked": blocked,
        "wheels": found,
        "os_packages": _os_packages(runner, finder, builds),
        "free_bytes": filesystem.free_bytes(tree.root),
        "holder": holder.as_dict() if holder else None,
        "root": tree.identity(),
    }


def _obstacle(spec: Spec, finder: Interpreters, tree: ModelRoot, minimum: int) -> ModelEnvError | None:
    """What is certain to stop a build: it is reported before the first download, not after the last."""
    try:
        finder.find(spec.python)
    except ModelEnvError as error:
        return error
    if not filesystem.executable(tree.root):
        return ModelEnvError(
            f"no program may be run from {tree.root}",
            why="its filesystem is mounted with noexec",
            todo="mount it with exec, or choose a root on another filesystem (the option `root`)",
            kind="io",
        )
    free = filesystem.free_bytes(tree.root)
    if free < minimum:
        return ModelEnvError(
            f"{tree.root} has {sizes.shown(free)} free, fewer than the {sizes.shown(minimum)} asked for",
            why="the option `minimum_free` guards the filesystem of the releases",
            todo="free space, choose a root on a larger filesystem (the option `root`), "
            "or lower the option `minimum_free`",
            kind="no_space",
        )
    return None


def _os_packages(runner: Runner, finder: Interpreters, builds: list[Spec]) -> dict[str, Any]:
    """The operating system's packages that the builds need and the node lacks; nothing is asked without a build."""
    if not builds:
        return {"family": "", "missing": [], "privileged": False}
    try:
        finder.any_with_pip()
        venv_missing = False
    except ModelEnvError:
        venv_missing = True
    return OsPackages(runner).needed(builds, venv_missing)
