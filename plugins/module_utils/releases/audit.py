# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runner of the module ``audit``: what runs on a node, and how it differs from what is wanted. Starts no process."""

from __future__ import annotations

import os
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.releases import difference, receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

CURRENT, BEHIND, DRIFTED, MISSING, BROKEN, EXTRA = "current", "behind", "drifted", "missing", "broken", "extra"


def audit(root: str, specs: Mapping[str, Spec], owners: Owners | None = None) -> dict[str, Any]:
    """Read the node once.

    :param specs: by name, of what the node should have; whatever else it has is told as ``extra``.
    :param owners: whose folders are believed.
    :returns: ``environments`` (a row each, see :func:`_row`), ``litter`` (paths), ``free_bytes`` and ``holder``.
    :raises ModelEnvError: the folders cannot be read.
    """
    tree = ModelRoot(root, owners)
    with filesystem.explained("the environments cannot be read", tree.root):
        names = sorted(set(specs) | set(_links(tree)))
        holder = tree.holder()
        return {
            "environments": [_row(tree, name, specs.get(name)) for name in names],
            "litter": [] if holder else tree.litter(),
            "free_bytes": filesystem.free_bytes(tree.root),
            "holder": holder.as_dict() if holder else None,
        }


def _links(tree: ModelRoot) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(tree.environments) if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []


def _row(tree: ModelRoot, name: str, spec: Spec | None) -> dict[str, Any]:
    """One environment.

    :returns: ``name``, ``state`` (one of the words above), ``reasons``, ``release``, ``digest`` (of the spec that the
        release was built from), ``created`` (seconds since the epoch), ``trial``, ``previous``, ``prepared`` (a
        finished release that the spec asks for, not active) and ``distributions`` (name to version, commit or URL).
    """
    active = tree.active(name)
    receipt = tree.receipt(active) if active is not None else None
    row: dict[str, Any] = {
        "name": name,
        "release": active or "",
        "digest": (receipt or receipts.NONE).spec_digest,
        "created": (receipt or receipts.NONE).created,
        "trial": tree.activations.read(name, active).trial is not None,
        "previous": tree.previous(name) or "",
        "prepared": "",
        "distributions": {},
    }
    drift: list[str] = []
    if active is not None and receipt is not None:
        state = tree.release_state(active, receipt)
        row["distributions"] = {key: entry.words for key, entry in state.distributions.items()}
        drift = difference.faults(state, receipt.spec_digest)
    if spec is None:
        return {**row, "state": EXTRA, "reasons": ["no spec of this host names it", *drift]}
    plan = tree.plan(spec)
    row["prepared"] = plan.release if plan.action == difference.ACTIVATE else ""
    return {**row, "state": _state(active, receipt, drift, plan), "reasons": drift or list(plan.reasons)}


def _state(active: str | None, receipt: Any, drift: list[str], plan: difference.Planned) -> str:
    if active is None:
        return MISSING
    if receipt is None:
        return BROKEN
    if drift:
        return DRIFTED
    return CURRENT if plan.action == difference.KEEP else BEHIND
