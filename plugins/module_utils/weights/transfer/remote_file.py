# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that the Hub lists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HubFile:
    """One file of a repository at a commit, as the Hub's tree lists it.

    :ivar path: relative to the repository, with ``/``.
    :ivar size: bytes.
    :ivar digest: ``sha256:<hex>`` of the content (LFS files) or ``git-sha1:<hex>`` of the git blob (small files).
    """

    path: str
    size: int
    digest: str
