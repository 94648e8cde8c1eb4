# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: the difference between specs and a node, as data. Pure: the node was read before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts, stale
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import identity
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

DIGEST_LENGTH = 12  # of 64 hex digits in a folder's name: 48 bits for at most a few hundred releases


KEEP, ACTIVATE, BUILD = "keep", "activate", "build"


@dataclass(frozen=True)
class Planned:
    """What is to be done for one environment.

    :ivar action: ``keep``, ``activate`` (a release that is there) or ``build``.
    :ivar release: folder name of the release that will be active.
    :ivar active: of the one that is; None: there is none.
    :ivar reasons: why; empty: it is kept.
    :ivar digest: of the spec.
    """

    name: str
    action: str
    release: str
    active: str | None
    reasons: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class ReleaseState:
    """A release as the node has it.

    :ivar receipt: None: it was never finished, or its receipt cannot be read.
    :ivar runs: whether the interpreter behind it is still there.
    :ivar distributions: what is installed, as receipts record it; read only where it is compared.
    :ivar checkouts: the commit of each source tree by its path below the release; likewise.
    """

    receipt: receipts.Receipt | None = None
    runs: bool = True
    distributions: Mapping[str, receipts.Installed] = field(default_factory=dict)
    checkouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EnvironmentState:
    """What a node has under the name of one environment.

    :ivar active: folder name of the active release; None: there is none.
    :ivar releases: by folder name, those that the plan may choose from.
    :ivar abandoned: folder names in which a run may still build that another one took for dead.
    """

    active: str | None = None
    releases: Mapping[str, ReleaseState] = field(default_factory=dict)
    abandoned: frozenset[str] = frozenset()


def release_base(name: str, digest: str) -> str:
    """The folder name of a release, without the suffix of a rebuild."""
    return f"{name}-{digest[:DIGEST_LENGTH]}"


def belongs_to(folder: str, base: str) -> bool:
    """Whether a release folder is ``base`` or a rebuild (``base-rN``) of it."""
    head, separator, number = folder.rpartition("-r")
    return folder == base or (bool(separator) and head == base and number.isdigit())


def plan_environment(spec: Spec, digest: str, node: EnvironmentState) -> Planned:
    """What is to be done for one environment.

    :param digest: the spec's digest.
    :param node: what is there under the spec's name.
    """
    base = release_base(spec.name, digest)
    active, releases = node.active, node.releases
    fitting = [f for f in sorted(releases) if belongs_to(f, base) and not faults(releases[f], digest)]
    if active in fitting:
        return Planned(spec.name, KEEP, active, active, (), digest)
    reasons = tuple(_reasons(active, releases.get(active or ""), spec, digest))
    if fitting:
        return Planned(spec.name, ACTIVATE, fitting[-1], active, reasons, digest)
    return Planned(spec.name, BUILD, _free_name(base, node), active, reasons, digest)


def faults(release: ReleaseState, digest: str) -> list[str]:
    """Why a release is not what the digest asks for; empty: it is."""
    receipt = release.receipt
    if not receipt:
        return ["it has no receipt"]
    if receipt.spec_digest != digest:
        return ["it was built from another spec"]
    if not release.runs:
        return [f"its interpreter {receipt.python.get('executable', '')} is gone"]
    found = release.distributions
    return (
        receipts.drift(receipt.distributions, found)
        + stale.by_hand(receipt, found)
        + [
            f"source tree {path} was moved from commit {commit[:12]} by hand"
            for path, commit in sorted(receipt.checkouts.items())
            if release.checkouts.get(path) != commit
        ]
    )


def spec_changes(receipt: receipts.Receipt, spec: Spec) -> list[str]:
    """What a spec asks for and a release was not built from, a line each, as an operator would say it.

    What changes nothing in what is built is not told. Empty: another version of this collection built the release.
    """
    try:
        return changes(identity(receipts.spec_of(receipt)), identity(spec))
    except ModelEnvError as error:
        return [f"{error.where} says nothing that can be compared: {error.why}"]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two specs of which only what counts is left, a line each."""
    lines: list[str] = []
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, list) or isinstance(after, list):
            before, after = before or [], after or []
            gone = [_text(item) for item in before if item not in after]
            come = [_text(item) for item in after if item not in before]
            lines.append(f"{key}: {_arrow(', '.join(gone), ', '.join(come))}")
        elif isinstance(before, dict) and isinstance(after, dict):
            lines.extend(f"{key}.{line}" for line in changes(before, after))
        else:
            lines.append(f"{key}: {_arrow(_text(before), _text(after))}")
    return lines


def _reasons(active: str | None, release: ReleaseState | None, spec: Spec, digest: str) -> list[str]:
    if active is None:
        return ["there is none yet"]
    if release is None:
        return [f"the active release {active} is gone"]
    receipt = release.receipt
    if receipt is not None and receipt.spec_digest != digest:
        changed = spec_changes(receipt, spec) or ["the spec changed"]
        return changed + stale.by_spec(receipt, spec)
    return faults(release, digest) or ["another release is active"]


def _free_name(base: str, node: EnvironmentState) -> str:
    """A name that no finished, no active and no abandoned release has; any other folder of that name is litter."""
    number, name, releases = 1, base, node.releases
    while name in node.abandoned or (name in releases and (name == node.active or releases[name].receipt)):
        number += 1
        name = f"{base}-r{number}"
    return name


def _arrow(before: str, after: str) -> str:
    return f"{before or '(none)'} -> {after or '(none)'}"


def _text(value: Any) -> str:
    """A value for people: a source tree is told by what tells it from others."""
    if isinstance(value, Mapping):
        if value.get("url"):
            return f"{value['url']}@{value.get('commit') or value.get('tag')}"
        return " ".join(f"{key}={part}" for key, part in value.items() if part and isinstance(part, str))
    return "" if value in (None, "", [], {}) else str(value)
