# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is active under a name is a finished release, as it was built, of the spec that is wanted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.checks.check import Measured
from ansible_collections.portable.model_env.plugins.module_utils.checks.release import shortened
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.releases import difference, receipts
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec


@dataclass(frozen=True)
class State:
    """What the node has under one name.

    :ivar root: path of the tree.
    :ivar known: names of all environments of the root.
    :ivar folder: folder name of the active release; None if the link is missing or leads out of the releases.
    :ivar receipt: its receipt; None if it has none that can be read.
    """

    root: str
    known: tuple[str, ...]
    folder: str | None
    receipt: receipts.Receipt | None


def receipt(name: str, state: State, spec: Spec | None) -> Measured:
    """What the check ``receipt`` judges.

    :param spec: the one that the release must have been built from; None: not compared.
    """
    value = None
    if name not in state.known:
        problem = f"there is no environment {name} under {state.root}; it has {', '.join(state.known) or 'none'}"
    elif state.folder is None:
        problem = f"{state.root}/envs/{name} is no link to a release of this root"
    elif state.receipt is None:
        problem = f"the release {state.folder} is gone or has no receipt, so nobody knows what it should hold"
    else:
        value = {"release": state.folder, "spec_digest": state.receipt.spec_digest}
        problem = _unreadable(state.receipt) if spec is None else _other_spec(state.receipt, spec)
    return Measured(value, error=problem)


def distributions(recorded: Mapping[str, receipts.Installed], found: Mapping[str, receipts.Installed]) -> Measured:
    """What the check ``distributions`` judges: what is installed against what the receipt recorded.

    :param recorded: the receipt's distributions.
    :param found: the same of the node as it is now.
    """
    lines = receipts.drift(recorded, found)
    return Measured({"recorded": len(recorded), "found": len(found), "drift": lines})


def files(state: State, number: int, size: int, wrong: Sequence[str]) -> Measured:
    """What the check ``files`` judges: every file against the checksum that its installer recorded.

    :param number: of files that have one.
    :param size: bytes that were read.
    :param wrong: a line for each that is changed or gone.
    """
    value = {"files": number, "bytes": size, "wrong": list(wrong)}
    # The plan reads no files, so it would keep this release; and what was changed in place in a release is changed in
    # the store, too, where the two are links to one file.
    cure = (
        f"have it built anew: remove {state.root}/store, if there is one, and "
        f"{state.root}/releases/{state.folder}/{receipts.FILE_NAME}, then provision again"
    )
    return Measured(value, cure=cure)


def _unreadable(built: receipts.Receipt) -> str:
    try:
        receipts.spec_of(built)
    except ModelEnvError as error:
        return f"{error.what}: {error.why}"
    return ""


def _other_spec(built: receipts.Receipt, spec: Spec) -> str:
    if built.spec_digest == digest(spec):
        return ""
    changes = difference.spec_changes(built, spec) or ["by another version of this collection"]
    return f"it was built from another spec ({shortened(changes)})"
