# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose files are believed: root's, the running user's, and those of users and groups that the operator names.

A program is run, a receipt believed and a file written only where nobody else could have put it: in a folder that only
such users may write, below folders of which the same is true.
"""

from __future__ import annotations

import contextlib
import functools
import grp
import os
import pwd
import stat
import struct
from typing import Iterable, Iterator

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import one_line

_MOST_LINKS = 40  # as the kernel (path_resolution(7))


class Owners:
    """Who is trusted besides root and the user that runs this.

    :param names: of users and groups, or their numbers; one that this node does not know trusts nobody. A group stands
        for its members.
    :ivar named: the same.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._users: set[int] = set()
        self._groups: set[int] = set()
        self.named = tuple(names)
        for name in self.named:
            with contextlib.suppress(KeyError):
                self._users.add(int(name) if name.isdecimal() else pwd.getpwnam(name).pw_uid)
            with contextlib.suppress(KeyError):
                self._groups.add(int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid)

    def trusts(self, uid: int) -> bool:
        """Whether what this user may have written is believed."""
        return uid in (0, os.geteuid()) or uid in self._users or not self._groups.isdisjoint(_groups_of(uid))

    def refuse(self, path: str) -> None:
        """Refuse a folder that somebody else owns or may write, or that lies below one; it need not exist yet.

        A sticky folder above, such as /tmp, is fine: nobody renames there what is another's.

        :raises ModelEnvError: kind ``foreign``, with the owner's name.
        """
        steps = list(_steps(os.path.abspath(path)))
        for number, (step, found) in enumerate(steps):
            self._refuse(step, found, above=number < len(steps) - 1 or not os.path.lexists(path))

    def refuse_inside(self, folder: str) -> None:
        """Refuse what lies directly in a folder and is somebody else's, as :meth:`refuse` does; no folder: nothing.

        For a folder that was given to this user without what lies in it, or was open to others before.

        :raises ModelEnvError: kind ``foreign``.
        """
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            try:
                self._refuse(entry.path, entry.stat(follow_symlinks=False), above=False)
            except FileNotFoundError:
                continue  # another run's temporary file

    def _refuse(self, path: str, found: os.stat_result, *, above: bool) -> None:
        problem = self.problem(path, found, above=above)
        if problem:
            raise ModelEnvError(
                f"{path} {problem}",
                why="who may write there decides what this run believes and starts",
                todo=f"look at it (ls -ld {path}) and give it to this user or root alone (chown, chmod go-w), choose "
                "another folder, or name those users or groups with the option `trusted_owners`",
                kind="foreign",
            )

    def problem(self, path: str, found: os.stat_result, *, above: bool) -> str:
        """Who else owns or may write something, in words; "" for nobody.

        :param found: of ``lstat``.
        :param above: it is a folder above the one that matters.
        """
        mode = f"mode {stat.S_IMODE(found.st_mode):o}"
        if not self.trusts(found.st_uid) and not (above and found.st_uid == _unmapped()):
            return f"belongs to {user_name(found.st_uid)} ({mode})"
        if stat.S_ISLNK(found.st_mode):  # its mode says nothing
            return ""
        sticky = above and bool(found.st_mode & stat.S_ISVTX)
        if found.st_mode & stat.S_IWOTH and not sticky:
            return f"may be written by everybody ({mode})"
        if found.st_mode & stat.S_IWGRP and not sticky:
            # With an access control list, these bits are the most that it may give, and the list says to whom.
            groups, users = _access_list(path) or ([found.st_gid], [])
            for user in users:
                if not self.trusts(user):
                    return f"may be written by {user_name(user)} (access control list)"
            for group in groups:
                member = self._stranger_in(group)
                if member:
                    return f"may be written by the group {_group_name(group)}, as {member} ({mode})"
        return ""

    def _stranger_in(self, gid: int) -> str:
        """A member of a group who is not trusted; "" for none."""
        if gid in self._groups:
            return ""
        try:
            members = grp.getgrgid(gid).gr_mem
        except KeyError:
            # Containers give their process a group that has no name; only who is given it has it.
            return "" if gid in (os.getegid(), *os.getgroups()) else "its members, whom this node does not know"
        for user in pwd.getpwall():
            if (user.pw_gid == gid or user.pw_name in members) and not self.trusts(user.pw_uid):
                return f"its member {one_line(user.pw_name)}"
        return ""


def user_name(uid: int) -> str:
    """The name of a user, or its number."""
    try:
        return one_line(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return f"user {uid}"


def _group_name(gid: int) -> str:
    try:
        return one_line(grp.getgrgid(gid).gr_name)
    except KeyError:
        return str(gid)


@functools.lru_cache(maxsize=64)
def _groups_of(uid: int) -> frozenset[int]:
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        return frozenset()
    return frozenset(os.getgrouplist(user.pw_name, user.pw_gid))


def _steps(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every folder on the way to a path, from / on, with links and what they lead to, as far as it exists."""
    rest, at, links = [part for part in path.split("/") if part][::-1], "/", 0
    yield at, os.lstat(at)
    while rest:
        part = rest.pop()
        if part in (".", ".."):  # of a link's target
            at = os.path.dirname(at) if part == ".." else at
            continue
        step = os.path.join(at, part)
        try:
            found = os.lstat(step)
        except (FileNotFoundError, NotADirectoryError):
            return
        yield step, found
        if not stat.S_ISLNK(found.st_mode):
            at = step
            continue
        links += 1
        if links > _MOST_LINKS:
            return
        target = os.readlink(step)
        at = "/" if target.startswith("/") else at
        rest += [one for one in target.split("/") if one][::-1]


@functools.lru_cache(maxsize=1)
def _unmapped() -> int:
    """The user as whom those appear whom this user namespace does not have; -1 where it has all.

    An unprivileged container shows the host's / and /usr as this user's, who is nobody in particular there.
    """
    try:
        with open("/proc/self/uid_map", encoding="ascii") as handle:
            lines = [[int(word) for word in line.split()] for line in handle]
        with open("/proc/sys/kernel/overflowuid", encoding="ascii") as handle:
            overflow = int(handle.read())
    except (OSError, ValueError):
        return -1
    return -1 if any(first == 0 and count == 2**32 - 1 for first, _outside, count in lines) else overflow


_ACL_USER, _ACL_GROUP_OWNER, _ACL_GROUP, _ACL_WRITE = 2, 4, 8, 2  # include/uapi/linux/posix_acl.h


def _access_list(path: str) -> tuple[list[int], list[int]] | None:
    """Groups and users that the access control list of a path (acl(5)) lets write; None without one."""
    try:
        data = os.getxattr(path, "system.posix_acl_access", follow_symlinks=False)
    except OSError:
        return None
    groups, users = [], []
    for tag, allowed, number in struct.iter_unpack("<HHI", data[4:]):
        if allowed & _ACL_WRITE:
            if tag == _ACL_USER:
                users.append(number)
            elif tag == _ACL_GROUP:
                groups.append(number)
            elif tag == _ACL_GROUP_OWNER:
                groups.append(os.lstat(path).st_gid)
    return groups, users
