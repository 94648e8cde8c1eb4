# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which filesystem a path lies on, and what it allows."""

from __future__ import annotations

import os
import re
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem


def describe(path: str) -> dict[str, Any]:
    """Facts about the filesystem that holds, or will hold, ``path``.

    :returns: ``path``, ``device`` (number of the filesystem), ``mount``, ``type``, ``size`` and ``free`` (bytes),
        ``inodes`` (free ones; -1 where the filesystem has no such number), ``read_only``, ``noexec``, ``writable``
        (for this user).
    """
    there = filesystem.existing_parent(path)
    usage, device = os.statvfs(there), os.stat(there).st_dev
    mount, kind = _mount_of(there)
    return {
        "path": path,
        "device": device,
        "mount": mount,
        "type": kind,
        "size": usage.f_blocks * usage.f_frsize,
        "free": usage.f_bavail * usage.f_frsize,
        "inodes": usage.f_favail if usage.f_files else -1,
        "read_only": bool(usage.f_flag & os.ST_RDONLY),
        "noexec": bool(usage.f_flag & os.ST_NOEXEC),
        "writable": filesystem.writable(path),
    }


def _mount_of(path: str) -> tuple[str, str]:
    """Mount point and type of the filesystem that holds ``path``, from proc(5)'s mountinfo; "" where there is none."""
    real, best = os.path.realpath(path), ("", "")
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as handle:
            lines = handle.read().splitlines()
    except OSError:
        return best
    for line in lines:
        left, _dash, right = line.partition(" - ")
        mount = re.sub(r"\\(\d{3})", lambda match: chr(int(match.group(1), 8)), left.split(" ")[4])
        inside = real == mount or real.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best[0]):
            best = (mount, right.split(" ")[0])
    return best
