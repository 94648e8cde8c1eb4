# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secret arguments of a module that runs in the background (``plugin_utils/background.py`` says why a pipe)."""

from __future__ import annotations

import json
from typing import Any


def read(path: str | None) -> dict[str, Any]:
    """What the controller sends through the named pipe, by argument; waits for it.

    :param path: the pipe; None: there is none, since the module runs in the foreground.
    :raises OSError: the pipe cannot be read.
    :raises ValueError: what came is not JSON: the controller was lost while it sent.
    """
    if not path:
        return {}
    with open(path, encoding="utf-8") as pipe:
        given: dict[str, Any] = json.load(pipe)
    return given
