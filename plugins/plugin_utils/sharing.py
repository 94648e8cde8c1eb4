# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts share a root, and want different things of it. Pure.

Only the controller can tell: a root keeps what was built last, not what each of its hosts wants now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from ansible_collections.portable.model_env.plugins.plugin_utils.answers import PlanAnswer, RootIdentity


@dataclass(frozen=True)
class Conflict:
    """Two hosts want different specs of one name in one root.

    :ivar host: who came later, and is refused.
    :ivar other: who goes on.
    """

    host: str
    other: str
    name: str


def conflicts(plans: Iterable[tuple[str, PlanAnswer]]) -> dict[str, list[Conflict]]:
    """What is wrong, by the host that is refused.

    A root's identity cannot be guessed, so a node cannot put itself into the root of another: it reads it there. Where
    a root has none yet, the place counts, which a node may claim. It then refuses those after it, and is named.

    :param plans: by host; an earlier host goes on, so those that were let through before must come first.
    """
    owners: dict[tuple[str, str], list[tuple[str, RootIdentity, str]]] = {}
    found: dict[str, list[Conflict]] = {}
    for host, plan in plans:
        keys = [(str(key), name) for key in (plan.root.place, plan.root.identity) if key for name in plan.wanted]
        against = {
            name: Conflict(host, other, name)
            for key, name in keys
            for other, root, digest in owners.get((key, name), ())
            if digest != plan.wanted[name] and _one_folder(root, plan.root)
        }
        if against:
            found[host] = list(against.values())
            continue
        for key, name in keys:
            known = owners.setdefault((key, name), [])
            # One host for each root that may be meant, or a fleet would cost the square of its hosts.
            if all(root.identity != plan.root.identity for _host, root, _digest in known):
                known.append((host, plan.root, plan.wanted[name]))
    return found


def _one_folder(one: RootIdentity, other: RootIdentity) -> bool:
    """Two servers of one name may serve two sites; then the identities differ."""
    if one.identity and other.identity:
        return one.identity == other.identity
    return one.place == other.place
