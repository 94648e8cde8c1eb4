# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the Hub for tests, in few words."""

from __future__ import annotations

import hashlib

from ansible_collections.portable.model_env.plugins.module_utils.names import Digest
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Held
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import (
    HubFile,
    RepoPath,
    pack,
)


def digest(content: str) -> Digest:
    """A digest, as it is or of a word that stands for a content."""
    return Digest(content if Digest.fits(content) else f"sha256:{hashlib.sha256(content.encode()).hexdigest()}")


def hub_file(path: str, size: int = 1, content: str = "") -> HubFile:
    """A listed file; the content is a digest, or a word that stands for it."""
    return HubFile.parse(path, size, digest(content))


def held(size: int, content: str, mtime_ns: int) -> Held:
    """A file of a manifest, likewise."""
    return Held(size, pack(digest(content)), mtime_ns)


def path(text: str) -> RepoPath:
    """A path that can be placed."""
    return RepoPath.parse(text)
