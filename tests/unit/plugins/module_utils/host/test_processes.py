# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs from a folder: real processes of this machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import processes
from ansible_collections.portable.model_env.tests.support.waiting import PATIENCE

WAIT = "print(1, flush=True); import time; time.sleep(600)"


@contextlib.contextmanager
def running(*command: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has begun: it prints a line first."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder with a Python in it, and one whose name begins the same."""
    for name in ("demo-1", "demo-12"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
        (tmp_path / name / "library.so").write_bytes(b"x" * 4096)
    return tmp_path / "demo-1"


def test_a_process_that_was_started_from_the_folder_uses_it(release: Path) -> None:
    with running(str(release / "bin" / "python"), "-c", WAIT):
        assert processes.using(str(release))
    assert not processes.using(str(release))
    with running(f"{release}2/bin/python", "-c", WAIT):
        assert not processes.using(str(release)), "the name of that folder only begins the same"


def test_a_process_that_has_one_of_its_files_mapped_uses_it(release: Path) -> None:
    mapped = "import mmap, sys; f = open(input(), 'rb'); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)"
    command = [sys.executable, "-c", f"{mapped}; {WAIT}"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(os.fsencode(release / "library.so") + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert processes.using(str(release))
    finally:
        process.kill()
        process.communicate()


def test_when_a_process_was_started_through_a_link(release: Path) -> None:
    link = release.parent / "envs" / "demo"
    link.parent.mkdir()
    link.symlink_to(release)
    before = time.time()
    with running(str(link / "bin" / "python"), "-c", WAIT):
        after = time.time()
        (started,) = processes.started_through(str(link))
        # The kernel knows its own boot to a second only.
        assert before - 2 <= started <= after + 2
    assert processes.started_through(str(link)) == []


def test_a_python_that_was_found_on_the_path_counts_and_other_programs_do_not(release: Path) -> None:
    env = {"PATH": f"{release}/bin:/usr/bin:/bin"}
    with running("python", "-c", WAIT, env=env):
        assert len(processes.started_through(str(release))) == 1
    with running("/bin/sh", "-c", "echo; exec sleep 600", env=env):
        assert processes.started_through(str(release)) == []


def test_only_what_has_its_temporary_folder_there_is_killed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", WAIT)
    theirs = {"TMPDIR": f"{tmp_path}/other", "X_TMPDIR": f"{tmp_path}/root/tmp/run-1"}
    with (
        running(*command, env={"TMPDIR": f"{tmp_path}/root/tmp/run-1"}) as ours,
        running(*command, env=theirs) as other,
    ):
        processes.kill_orphans(f"{tmp_path}/root/tmp/")
        assert ours.wait(PATIENCE) == -9
        assert other.poll() is None
