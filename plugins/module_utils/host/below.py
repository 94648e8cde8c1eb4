# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Below a folder by its descriptor: every step is by name from there, and no link is followed.

A path is looked up anew by every call that gets one, and whoever may write one of its folders decides where it leads
then. A descriptor stays what it was opened as.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

DEEPEST = 256
"""Folders in folders that :func:`remove` descends into: each costs a descriptor, and an environment has about 30."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HANDLE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(name: str, folder: int, depth: int = DEEPEST) -> None:
    """Remove a file, a link or a whole folder, also one with folders made read-only; a missing one is fine.

    :param folder: descriptor of the folder that ``name`` lies in.
    :raises OSError: something could not be removed, or lies too deep.
    """
    try:
        # unlink first: what is no folder now cannot become one between a look and the deed.
        os.unlink(name, dir_fd=folder)
        return
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError) as error:  # unlink(2): EISDIR on Linux, EPERM where POSIX is followed
        if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise
        if depth == 0:
            raise OSError(errno.ELOOP, "folders are nested too deeply to be removed", name) from error
    inside = _open_changeable(name, folder)
    try:
        for entry in os.listdir(inside):
            remove(entry, inside, depth - 1)
    finally:
        os.close(inside)
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(name, dir_fd=folder)


def _open_changeable(name: str, folder: int) -> int:
    """A folder whose entries its owner may remove: its mode is changed through its descriptor, never by its name."""
    handle = os.open(name, _HANDLE, dir_fd=folder)
    try:
        if os.fstat(handle).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            with contextlib.suppress(OSError):  # another's, or no /proc: what follows says so
                os.chmod(f"/proc/self/fd/{handle}", stat.S_IRWXU)
        return os.open(".", _FOLDER, dir_fd=handle)
    finally:
        os.close(handle)
