# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlived the run that had started them: a build goes on when its installer is killed."""

from __future__ import annotations

import contextlib
import glob
import os
import signal


def kill(temporary: str) -> None:
    """Kill the processes that this user may kill whose TMPDIR begins with ``temporary``.

    Every run hands its own fresh folder to whatever it starts, so the folder gives them away.
    """
    needle = b"\0TMPDIR=" + os.fsencode(temporary)
    for folder in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError):
            with open(os.path.join(folder, "environ"), "rb") as handle:
                orphan = needle in b"\0" + handle.read()
            if orphan:
                os.kill(int(os.path.basename(folder)), signal.SIGKILL)
