# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written on the controller."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError


def write_json(path: str, data: Any) -> None:
    """Write data as :func:`write` writes a text; nothing in it is what a terminal would obey."""
    # JSON escapes every control character but this one.
    write(path, json.dumps(data, indent=1, sort_keys=True).replace("\x7f", "\\u007f") + "\n")


def write(path: str, text: str, what: str = "the report") -> None:
    """Write a file so that whoever reads it sees the old one or the whole new one; its folders are made.

    A new file gets the mode that the umask says, an old one keeps its own. What is no file, such as ``/dev/stdout``,
    is written to as it is.

    :param what: it is, for errors.
    :raises ModelEnvError: it cannot be written.
    """
    try:
        target = os.path.realpath(path)
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "w", encoding="utf-8") as handle:
                handle.write(text)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _replace(target, text)
    except OSError as error:
        raise ModelEnvError(
            f"{what} cannot be written",
            where=path,
            why=error.strerror or str(error),
            todo="name a file that this user may write on the controller",
        ) from error


def _replace(target: str, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=os.path.dirname(target))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(temporary, _mode(target))
        os.rename(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(target: str) -> int:
    try:
        return os.stat(target).st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0o077)  # the only way to read it
        os.umask(umask)
        return 0o666 & ~umask
