# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which filesystem a path lies on, and what it allows."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem

# Filesystems that one machine alone can have mounted; whatever is not here may be shared.
_LOCAL = frozenset(
    [
        *("aufs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "jfs", "nilfs2", "ntfs3"),
        *("overlay", "ramfs", "reiserfs", "rootfs", "squashfs", "tmpfs", "vfat", "xfs", "zfs"),
    ]
)
# server:/export, user@host:/folder, 10.0.0.1@tcp:/fs, //server/share: the same words name the same folder elsewhere ...
_FROM_A_SERVER = re.compile(r"(//|[^/\s]+:/)")
# ... unless the server is this machine.
_THIS_MACHINE = re.compile(r"(//)?([^/]*@)?(localhost|127\.|\[?::1)", re.IGNORECASE)
_MOUNTS = "/proc/self/mountinfo"


@dataclass(frozen=True)
class _Mount:
    """A line of proc(5)'s mountinfo.

    :ivar inside: which folder of the filesystem is mounted.
    """

    point: str
    kind: str = ""
    source: str = ""
    device: str = ""
    inside: str = "/"


_UNKNOWN = _Mount("")


def describe(path: str) -> dict[str, Any]:
    """Facts about the filesystem that holds, or will hold, ``path``.

    :returns: ``path``, ``device`` (number of the filesystem), ``mount``, ``type``, ``size`` and ``free`` (bytes),
        ``inodes`` (free ones; -1 where the filesystem has no such number), ``read_only``, ``noexec``, ``writable``
        (for this user).
    """
    there = filesystem.existing_parent(path)
    usage, device = os.statvfs(there), os.stat(there).st_dev
    mount = _mount_of(there)
    return {
        "path": path,
        "device": device,
        "mount": mount.point,
        "type": mount.kind,
        "size": usage.f_blocks * usage.f_frsize,
        "free": usage.f_bavail * usage.f_frsize,
        "inodes": usage.f_favail if usage.f_files else -1,
        "read_only": bool(usage.f_flag & os.ST_RDONLY),
        "noexec": bool(usage.f_flag & os.ST_NOEXEC),
        "writable": filesystem.writable(path),
    }


def place(path: str) -> tuple[str, bool]:
    """Where a folder is, as words that another host has for the same folder and for no other.

    :param path: need not exist.
    :returns: a sha256 of what this machine knows, "" where that does not tell; and whether another machine may have the
        folder as well.
    """
    mount = _mount_of(path)
    within = os.path.relpath(os.path.realpath(path), mount.point or "/")
    folder = os.path.normpath(os.path.join(mount.inside, within))
    if mount.kind in _LOCAL:
        # Containers with a common folder have one kernel, and in it the filesystem has one number.
        return _hashed("machine", _boot(), mount.device, folder), False
    if _FROM_A_SERVER.match(mount.source) and not _THIS_MACHINE.match(mount.source):
        return _hashed("server", mount.kind, mount.source, folder), True
    return "", True


def _hashed(*words: str) -> str:
    return "" if "" in words else hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()


def _boot() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as handle:
            return handle.read().strip()
    except OSError:
        return ""


def _mount_of(path: str) -> _Mount:
    """The mount that holds, or will hold, ``path``."""
    real, best = os.path.realpath(path), _UNKNOWN
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as handle:
            lines = handle.read().splitlines()
    except OSError:
        return best
    for line in lines:
        left, _dash, right = line.partition(" - ")
        _id, _parent, device, inside, point = map(_unescaped, left.split(" ")[:5])
        below = real == point or real.startswith(point.rstrip("/") + "/")
        if below and len(point) >= len(best.point):
            kind, source = map(_unescaped, right.split(" ")[:2])
            best = _Mount(point, kind, source, device, inside)
    return best


def _unescaped(word: str) -> str:
    return re.sub(r"\\(\d{3})", lambda match: chr(int(match.group(1), 8)), word)
