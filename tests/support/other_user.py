# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user without rights, who shares folders with the one who runs the tests."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Callable, Iterator

import pytest

UID = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def do(act: Callable[[], object]) -> None:
    """Run ``act`` as that user, in a process of its own; who is not root already has no rights and does it here."""
    if os.geteuid() != 0:
        act()
        return
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(UID)
            os.setuid(UID)
            act()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A folder below /tmp that everybody may enter, which pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="model_env-shared-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder, and the folder: type and mode, owner, modification time, and content."""
    return {str(path.relative_to(folder)): _facts(path) for path in [folder, *sorted(folder.rglob("*"))]}


def _facts(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    content: object = None
    if path.is_symlink():
        content = os.readlink(path)
    elif path.is_file():
        content = path.read_bytes()
    return (found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, content)


def plants(outside: Path) -> dict[str, Callable[[Path], None]]:
    """Ways to put something in the place of a file or folder, by what they are called.

    :param outside: a folder with ``file`` and ``folder`` in it, which the run must leave alone.
    """

    def write(path: Path) -> None:
        path.write_text("a stranger's")

    return {
        "link to a file": lambda path: path.symlink_to(outside / "file"),
        "link to a folder": lambda path: path.symlink_to(outside / "folder"),
        "link to nothing": lambda path: path.symlink_to(outside / "new"),
        "hard link": lambda path: os.link(outside / "file", path),
        "pipe": os.mkfifo,
        "device": lambda path: os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3)),
        "file": write,
        "folder": lambda path: path.mkdir(),
    }


def plant(kind: str, path: Path, outside: Path) -> None:
    """Put something somewhere, as that user; root does what a kernel may not let that user do."""
    act = functools.partial(plants(outside)[kind], path)
    if kind in ("hard link", "device"):
        act()
    else:
        do(act)


KINDS = tuple(plants(Path("/")))


def outside_of(shared: Path) -> Path:
    """A folder of the runner's own with a file and a folder with a file, which the other user may read."""
    outside = shared / "outside"
    (outside / "folder").mkdir(parents=True)
    for path in (outside / "file", outside / "folder" / "precious"):
        path.write_text("precious")
        os.utime(path, (1, 1))
    return outside
