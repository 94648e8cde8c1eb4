# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel has said about GPUs since the node started."""

from __future__ import annotations

import re

from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner

# NVRM: Xid (PCI:0000:81:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
_XID = re.compile(r"NVRM: Xid \(PCI:([0-9a-fA-F:.]+)\): (\d+)")
_SECONDS = 20


def xids(runner: Runner) -> list[tuple[str, int]] | None:
    """PCI address and number of each Xid error, every pair once; None where this user may not read the log."""
    try:
        result = runner.run(["dmesg"], timeout=_SECONDS)
    except OSError:
        return None
    return parse(result.stdout) if result.rc == 0 else None


def parse(text: str) -> list[tuple[str, int]]:
    """The same of the log's text."""
    return list(dict.fromkeys((place, int(number)) for place, number in _XID.findall(text)))
