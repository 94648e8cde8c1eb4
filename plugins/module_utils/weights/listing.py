# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository of the Hub holds at a commit."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

_MARKER = "\x00path\x00"


@dataclass(frozen=True)
class Listing:
    """A repository at a commit.

    :ivar commit: what the revision stands for.
    :ivar tree: its files.
    :ivar url_template: address of a file, with a marker for its path (``probes/hub.py`` puts it there).
    """

    commit: str
    tree: list[HubFile]
    url_template: str

    def url(self, path: str) -> str:
        """Address of one file."""
        return self.url_template.replace(_MARKER, quote(path))
