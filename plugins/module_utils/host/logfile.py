# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs that never stop the work they tell of, hold no secret that is known, and are nobody else's to read.

A full disk ends a log early, and the command says why it failed. What programs print may be private beyond what anybody
recognizes, so a log is for the user who wrote it, and for the group of its folder where files get that (setgid).
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from typing import Any, BinaryIO

from ansible_collections.portable.model_env.plugins.module_utils.masking import masked

_FULL = (errno.ENOSPC, errno.EDQUOT)


class _Log(io.FileIO):
    """Unbuffered, so that nothing is left to be written, and to fail, when it is closed."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "ab", opener=_private)

    def write(self, data: Any) -> int:
        """Append ``data``, which is whole lines, without its secrets; or what there is space for."""
        try:
            super().write(masked(bytes(data).decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"))
        except OSError as error:
            if error.errno not in _FULL:
                raise
        return len(data)


def open_log(path: str) -> BinaryIO:
    """The log at ``path``, to append to; "" or a full disk: one that keeps nothing.

    :raises OSError: it cannot be opened for another reason.
    """
    try:
        return _Log(path or os.devnull)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return _Log(os.devnull)


def _private(path: str, flags: int) -> int:
    wanted = 0o600
    with contextlib.suppress(OSError):
        if os.stat(os.path.dirname(path)).st_mode & stat.S_ISGID:
            wanted = 0o640
    descriptor = os.open(path, flags, wanted)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        os.fchmod(descriptor, wanted)  # whatever the umask is, and for a log that an older version has made
    return descriptor
