# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: what a folder holds of one repository, so that nothing-to-do needs neither network nor hashing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils.names import Digest
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import Selection
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    HubFile,
    RepoPath,
    parse_size,
)

_VERSION = 1


@dataclass(frozen=True)
class Held:
    """A file that was verified: what it was then.

    :ivar size: bytes.
    :ivar digest: as in :class:`HubFile`; what was compared.
    :ivar mtime_ns: modification time when it was verified.
    """

    size: int
    digest: Digest
    mtime_ns: int


@dataclass
class Manifest:
    """One repository in one target folder.

    :ivar repo_id: ``owner/name``.
    :ivar repo_type: model, dataset or space.
    :ivar requested: the revision that the operator wrote.
    :ivar commit: the 40-hex commit that it stands for.
    :ivar selection: what was wanted of it.
    :ivar tree: every file of that commit, wanted or not, so that another selection needs no request.
    :ivar files: what is there, verified, by path.
    """

    repo_id: str
    repo_type: str
    requested: str = ""
    commit: str = ""
    selection: Selection = field(default_factory=Selection)
    tree: list[HubFile] = field(default_factory=list)
    files: dict[RepoPath, Held] = field(default_factory=dict)


def file_name(repo_type: str, repo_id: str) -> str:
    """The name of the manifest in the state folder; one repository each, so that several may share a folder."""
    return f"{repo_type}--{repo_id.replace('/', '--')}.json"


def manifest_text(manifest: Manifest) -> str:
    """As text; equal manifests give equal text."""
    selection = manifest.selection
    data = {
        "version": _VERSION,
        "repo_id": manifest.repo_id,
        "repo_type": manifest.repo_type,
        "requested": manifest.requested,
        "commit": manifest.commit,
        "selection": {"allow": selection.allow, "ignore": selection.ignore, "names": selection.names},
        "tree": [[file.path, file.size, file.digest] for file in manifest.tree],
        "files": {path: [held.size, held.digest, held.mtime_ns] for path, held in sorted(manifest.files.items())},
    }
    return json.dumps(data, separators=(",", ":")) + "\n"


def parse_manifest(text: str) -> Manifest | None:
    """Read a manifest; None if it is damaged or of another version: its files are then checked by their content."""
    try:
        data: dict[str, Any] = strict.read_json(text)
        if data["version"] != _VERSION:
            return None
        if not all(isinstance(data[name], str) for name in ("repo_id", "repo_type", "requested", "commit")):
            return None
        if not isinstance(data["files"], dict):
            return None
        chosen = data["selection"]
        return Manifest(
            repo_id=data["repo_id"],
            repo_type=data["repo_type"],
            requested=data["requested"],
            commit=data["commit"],
            selection=Selection(tuple(chosen["allow"]), tuple(chosen["ignore"]), tuple(chosen["names"])),
            tree=[HubFile.parse(*entry) for entry in data["tree"]],
            files={RepoPath.parse(path): _held(*entry) for path, entry in data["files"].items()},
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _held(size: int, digest: str, mtime_ns: int) -> Held:
    return Held(parse_size(size), Digest.parse(digest), int(mtime_ns))
