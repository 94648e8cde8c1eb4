# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead weight of the store: unpacked wheels in uv's cache that no release has links to any more.

``uv cache prune`` keeps them: to uv, a wheel that it could still use is in use (tried with 0.13.9). A wheel that is
gone is fetched again when it is wanted again.
"""

from __future__ import annotations

import glob
import os
from typing import Iterator

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem

_BLOCK = 512  # bytes of a block in st_blocks, whatever the filesystem's own are (inode(7))


def prune(store: str) -> int:
    """Remove what no release has links to; only while nobody builds with this store.

    Where no file of the store has a second link, uv did not link but clone or copy: then nothing tells what is used,
    and nothing is removed.

    :param store: folder of uv's cache.
    :returns: bytes that this freed on the disk.
    """
    archives = {path: list(_files(path)) for path in glob.glob(os.path.join(glob.escape(store), "archive-v*", "*"))}
    linked = {path for path, files in archives.items() if any(file.st_nlink > 1 for file in files)}
    if not linked:
        return 0
    freed = 0
    for path, files in archives.items():
        if path not in linked:
            filesystem.remove_tree(path)
            freed += sum(file.st_blocks * _BLOCK for file in files)
    return freed


def _files(folder: str) -> Iterator[os.stat_result]:
    for parent, _folders, names in os.walk(folder):
        for name in names:
            yield os.lstat(os.path.join(parent, name))
