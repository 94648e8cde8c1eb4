# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Below a folder by its descriptor: every step is by name from there, and no link is followed.

A path is looked up anew by every call that gets one, and whoever may write one of its folders decides where it leads
then. A descriptor stays what it was opened as. So this is how a run works in a folder that others may write.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import uuid
from types import TracebackType
from typing import Callable, Iterable, Iterator, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.encoding import as_text, on_disk
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners, user_name

DEEPEST = 256
"""Folders in folders that :func:`remove` descends into: each costs a descriptor, and an environment has about 30."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HANDLE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


_MOST_LINKS = 40  # as the kernel (path_resolution(7))

_PIECE = 1 << 16  # characters
TEMPORARY = ".new-"
"""How the names of files begin that are not whole yet."""


class Below:
    """An open folder. A context manager, which closes it. Names in it are text, whatever the locale is.

    :param descriptor: of the folder; it is closed with this.
    :param path: of the folder, for messages.
    :param owners: whose files are believed.
    """

    def __init__(self, descriptor: int, path: str, owners: Owners) -> None:
        self.descriptor = descriptor
        self.path = path
        self._owners = owners

    def __enter__(self) -> Below:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        os.close(self.descriptor)

    def folder(self, parts: Sequence[str], make: bool = False) -> Below:
        """A folder below this one, whoever owns it.

        :param parts: names, one below the other; none of them for this folder again.
        :param make: make what is missing.
        :raises OSError: one is missing, or no folder (ENOTDIR, also for a link).
        """
        at = os.open(".", _FOLDER, dir_fd=self.descriptor)
        for part in parts:
            try:
                below = _enter(_single(part), at, make)
            finally:
                os.close(at)
            at = below
        return Below(at, os.path.join(self.path, *parts), self._owners)

    def own_folder(self, name: str, make: bool = False) -> Below:
        """A folder in this one that holds what this run believes and writes.

        One of this user's that others may write is closed to them.

        :raises OSError: it is missing.
        :raises ModelEnvError: kind ``foreign``: it is a link, no folder, or a stranger's.
        """
        try:
            found = self.folder([name], make)
        except NotADirectoryError:
            self._demand(name, self.stat(name), stat.S_ISDIR)
            raise
        try:
            facts = os.fstat(found.descriptor)
            self._demand(name, facts, stat.S_ISDIR)
            if make and facts.st_uid == os.geteuid() and facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                os.fchmod(found.descriptor, stat.S_IMODE(facts.st_mode) & ~(stat.S_IWGRP | stat.S_IWOTH))
        except BaseException:
            found.close()
            raise
        return found

    def own_file(self, name: str, flags: int) -> int:
        """Descriptor of a file in this folder that this run believes or writes.

        :param flags: of open(2); what follows no link and waits for no pipe is added.
        :raises OSError: it is missing, or cannot be opened.
        :raises ModelEnvError: kind ``foreign``: it is a stranger's, no plain file, or has another name elsewhere.
        """
        with contextlib.suppress(FileNotFoundError):
            self._demand(name, self.stat(name), stat.S_ISREG)
        descriptor = self._open(name, flags)
        try:
            self._demand(name, os.fstat(descriptor), stat.S_ISREG)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def demand_file(self, name: str) -> None:
        """See that :meth:`own_file` would open a file, without opening it."""
        self._demand(name, self.stat(name), stat.S_ISREG)

    def file(self, name: str) -> int:
        """Descriptor for reading a plain file of anybody.

        :raises OSError: it is missing, cannot be read, or is no plain file.
        """
        descriptor = self._open(name, os.O_RDONLY)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file", os.path.join(self.path, name))

    def own_pieces(self, name: str) -> Iterator[str]:
        """Content of a file as for :meth:`own_file`, in pieces.

        :raises UnicodeDecodeError: it is no text.
        """
        with os.fdopen(self.own_file(name, os.O_RDONLY), encoding="utf-8") as handle:
            while piece := handle.read(_PIECE):
                yield piece

    def put(self, name: str, text: Iterable[str]) -> None:
        """Write a file so that a reader sees the old one or the whole new one, also after a power cut."""
        temporary = f"{TEMPORARY}{uuid.uuid4().hex}"
        descriptor = self._open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                handle.writelines(text)
                handle.flush()
                os.fchmod(descriptor, 0o644)
                os.fsync(descriptor)
            self.rename(temporary, self, name)
        except BaseException:
            with contextlib.suppress(OSError):
                self.unlink(temporary)
            raise

    def names(self) -> list[str]:
        """What lies in it."""
        return sorted(map(as_text, os.listdir(self.descriptor)))

    def stat(self, name: str) -> os.stat_result:
        """Facts of what lies there, a link not followed."""
        return os.stat(_single(name), dir_fd=self.descriptor, follow_symlinks=False)

    def rename(self, name: str, into: Below, new: str) -> None:
        """Move something of this folder, in the place of what is there."""
        os.rename(_single(name), _single(new), src_dir_fd=self.descriptor, dst_dir_fd=into.descriptor)

    def unlink(self, name: str) -> None:
        """Remove a file or a link."""
        os.unlink(_single(name), dir_fd=self.descriptor)

    def rmdir(self, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(_single(name), dir_fd=self.descriptor)

    def remove(self, name: str) -> None:
        """Remove whatever it is, with all in it; a missing one is fine."""
        remove(_single(name), self.descriptor)

    def sync(self) -> None:
        """Make its names durable."""
        os.fsync(self.descriptor)

    def _open(self, name: str, flags: int) -> int:
        more = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(_single(name), flags | more, 0o644, dir_fd=self.descriptor)

    def _demand(self, name: str, found: os.stat_result, kind: Callable[[int], bool]) -> None:
        what = "folder" if kind is stat.S_ISDIR else "plain file"
        if not kind(found.st_mode):
            problem = f"is {_kind(found.st_mode)}, where a {what} belongs"
        elif stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            problem = "has another name elsewhere (a hard link)"
        elif not self._owners.trusts(found.st_uid):
            problem = f"belongs to {user_name(found.st_uid)}"
        else:
            return
        path = os.path.join(self.path, name)
        raise ModelEnvError(
            f"{path} {problem}",
            why="somebody who may write the folder put it where this run keeps what it believes and writes",
            todo=f"look at it (ls -ld {path}) and remove it; if it is a colleague's, name user or group with "
            "the option `trusted_owners`",
            kind="foreign",
        )


def open_folder(path: str, owners: Owners, make: bool = False) -> Below:
    """The folder that an operator names. Folders on the way may be anybody's; a link there is followed if it is not.

    :param path: absolute, as the system gets it.
    :param make: make what is missing.
    :raises OSError: a folder is missing, or cannot be made.
    :raises ModelEnvError: kind ``foreign``: a stranger's link.
    """
    at, where, rest, links = os.open("/", _HANDLE), "/", _parts(path), 0
    try:
        while rest:
            part = rest.pop()
            try:
                below, step = _enter(part, at, make, _HANDLE), os.path.join(where, part)
            except NotADirectoryError:
                found = os.stat(part, dir_fd=at, follow_symlinks=False)
                links += 1
                if not stat.S_ISLNK(found.st_mode) or links > _MOST_LINKS:
                    raise
                _demand_link(os.path.join(where, part), found, owners)
                target = os.readlink(part, dir_fd=at)
                rest += _parts(target)
                if not target.startswith("/"):
                    continue
                below, step = os.open("/", _HANDLE), "/"
            os.close(at)
            at, where = below, step
        return Below(os.open(".", _FOLDER, dir_fd=at), path, owners)
    finally:
        os.close(at)


def _demand_link(path: str, found: os.stat_result, owners: Owners) -> None:
    # Where the kernel allows it (fs.protected_hardlinks), root's own link may have been put here by another name.
    if found.st_nlink > 1 or not owners.trusts(found.st_uid):
        raise ModelEnvError(
            f"{path} is a link of {user_name(found.st_uid)}'s" if found.st_nlink == 1 else f"{path} is a hard link",
            why="it is on the way to a folder that is to be written, and its owner says where it leads",
            todo=f"name the folder that is meant (readlink -f {path}), make the link anew as this user or root, "
            "or name its owner with the option `trusted_owners`",
            kind="foreign",
        )


def _enter(part: str, at: int, make: bool, flags: int = _FOLDER) -> int:
    try:
        return os.open(part, flags, dir_fd=at)
    except FileNotFoundError:
        if not make:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, dir_fd=at)
    return os.open(part, flags, dir_fd=at)


def _parts(path: str) -> list[str]:
    """The parts of a path, last first."""
    return [part for part in path.split("/") if part][::-1]


def _single(name: str) -> str:
    """A name that leads neither up nor down, as the system gets it."""
    if name in ("", ".", "..") or "/" in name:
        raise ValueError(f"{name!r} is no single name")
    return on_disk(name)


def _kind(mode: int) -> str:
    for is_it, word in ((stat.S_ISLNK, "a link"), (stat.S_ISDIR, "a folder"), (stat.S_ISREG, "a file")):
        if is_it(mode):
            return word
    return "a pipe, socket or device"


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
