# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs that never stop the work they tell of: a full disk ends them early, and the command says why it failed."""

from __future__ import annotations

import errno
import io
import os
from typing import Any, BinaryIO

_FULL = (errno.ENOSPC, errno.EDQUOT)


class _Log(io.FileIO):
    """Unbuffered, so that nothing is left to be written, and to fail, when it is closed."""

    def write(self, data: Any) -> int:
        """Append ``data``, or what there is space for."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            return len(data)


def open_log(path: str) -> BinaryIO:
    """The log at ``path``, to append to; "" or a full disk: one that keeps nothing.

    :raises OSError: it cannot be opened for another reason.
    """
    try:
        return _Log(path or os.devnull, "ab")
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return _Log(os.devnull, "ab")
