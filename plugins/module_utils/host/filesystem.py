# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, links and filesystems: every change of the tree is one atomic rename."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import tempfile
from typing import Any, BinaryIO, Iterator

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import below


def open_plain(path: str) -> BinaryIO:
    """Open a file that somebody else may have put there, for reading: a plain file, and no link to another.

    :raises OSError: it is missing, no plain file (nothing is waited for, as a named pipe would want), or not readable.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no plain file", path)
    return os.fdopen(descriptor, "rb")


def read_json(path: str) -> Any | None:
    """The file's content; None if there is no such file or it is not whole JSON."""
    try:
        with open(path, encoding="utf-8") as handle:
            return json.load(handle)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def write_json(path: str, data: Any) -> None:
    """Write ``data`` as :func:`write_text` writes a text.

    :raises OSError: the folder is not writable or the filesystem is full.
    """
    write_text(path, json.dumps(data, indent=1, sort_keys=True) + "\n")


def write_text(path: str, text: str) -> None:
    """Write a file so that a reader sees the old one or the whole new one, also after a power cut.

    :raises OSError: the folder is not writable or the filesystem is full.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=os.path.dirname(path) or ".")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(temporary, 0o644)
        os.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def switch_link(link: str, target: str) -> None:
    """Point the symlink ``link`` at ``target`` by one rename; there is no moment without a link.

    :raises ModelEnvError: something that is not a symlink is in the way.
    """
    if os.path.lexists(link) and not os.path.islink(link):
        raise ModelEnvError(
            f"{link} is in the way: it is not a symlink",
            why="somebody made a folder or a file where the active environment's link belongs",
            todo=f"move {link} away and run again",
        )
    # No environment's name begins with a dot, so nobody takes the one for the other.
    folder, name = os.path.split(link)
    temporary = os.path.join(folder, f".new-{name}-{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.rename(temporary, link)


def remove_tree(path: str) -> None:
    """Remove a file, a link, or a folder with all in it (:func:`below.remove`); a missing one is fine.

    :raises OSError: something could not be removed.
    """
    parent, name = os.path.split(path.rstrip("/"))
    try:
        folder = os.open(parent or ".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        below.remove(name, folder)
    finally:
        os.close(folder)


def existing_parent(path: str) -> str:
    """The nearest folder at or above ``path`` that exists."""
    path = os.path.abspath(path)
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def share_what_root_makes() -> None:
    """Let others read what this process makes, if root makes it: on a hardened node, root's umask keeps them out."""
    if os.geteuid() == 0:
        os.umask(os.umask(0o022) & 0o022)


def free_bytes(path: str) -> int:
    """Bytes that this user may still write on the filesystem that holds, or will hold, ``path``."""
    usage = os.statvfs(existing_parent(path))
    return usage.f_bavail * usage.f_frsize


def executable(path: str) -> bool:
    """Whether programs may be run from the filesystem that holds, or will hold, ``path``."""
    return not os.statvfs(existing_parent(path)).f_flag & os.ST_NOEXEC


def writable(path: str) -> bool:
    """Whether ``path`` can be written, or made, by this user."""
    return os.access(existing_parent(path), os.W_OK | os.X_OK)


@contextlib.contextmanager
def run_folder(parent: str) -> Iterator[str]:
    """A fresh private folder under ``parent``, removed at the end: the TMPDIR of one run.

    It lies on the filesystem of what is built, so that no move in a build crosses devices (Errno 18).
    """
    os.makedirs(parent, exist_ok=True)
    path = tempfile.mkdtemp(prefix="run-", dir=parent)
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):
            remove_tree(path)


@contextlib.contextmanager
def explained(what: str, where: str, elsewhere: str = "choose another folder") -> Iterator[None]:
    """Turn the operating system's errors into ours: full disk, no permission, read-only filesystem.

    :param elsewhere: how whoever reads the error has the caller use another folder.
    """
    try:
        yield
    except OSError as error:
        why, cure, kind = _EXPLANATIONS.get(error.errno or 0, ("", "", "io"))
        todo = f"{cure}, or {elsewhere}" if cure else ""
        raise ModelEnvError(what, where=where, why=why or str(error), todo=todo, kind=kind) from error


_EXPLANATIONS = {
    errno.ENOSPC: ("the filesystem is full", "free space there", "no_space"),
    errno.EDQUOT: ("the quota of this user is used up", "raise the quota", "no_space"),
    errno.EACCES: ("this user may not write there", "use become", "io"),
    errno.EROFS: ("the filesystem is mounted read-only", "remount it", "io"),
}
