# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GPU errors in the kernel's log, as a real program prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import kernel_log
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner

# As dmesg of util-linux 2.38 prints them; the second Xid is of a driver that names no process.
LOG = """\
[    2.100000] nvidia: loading out-of-tree module taints kernel.
[  812.442019] NVRM: Xid (PCI:0000:81:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
[  812.442031] NVRM: GPU 0000:81:00.0: GPU has fallen off the bus.
[  900.000001] NVRM: Xid (PCI:0000:C1:00): 48, An uncorrectable double bit error (DBE) has been detected
[  950.000001] NVRM: Xid (PCI:0000:81:00): 79, pid=1204, name=python, GPU has fallen off the bus.
[  960.000001] NVRM: Xid (PCI:0000:81:00): 13, pid=1204, name=python, Graphics Exception
"""
FOUND = [("0000:81:00", 79), ("0000:C1:00", 48), ("0000:81:00", 13)]


def dmesg(folder: Path, script: str) -> None:
    program = folder / "dmesg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("status", "found"), [(0, FOUND), (1, None)])
def test_each_error_once_and_none_where_the_log_may_not_be_read(
    status: int, found: list[tuple[str, int]] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_text(LOG)
    dmesg(tmp_path, f"while read -r line; do echo \"$line\"; done < '{tmp_path}/log'; exit {status}")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kernel_log.xids(CommandRunner()) == found


def test_a_node_without_dmesg_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kernel_log.xids(CommandRunner()) is None


def test_a_quiet_log_has_no_error() -> None:
    assert kernel_log.parse("[ 1.0] NVRM: loading NVIDIA UNIX x86_64 Kernel Module 550.54\n") == []
