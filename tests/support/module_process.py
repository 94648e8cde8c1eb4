# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module of the collection without Ansible's controller: as a process of its own, as on a node, or in this one."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic

_COLLECTIONS = Path(__file__).resolve().parents[2] / ".collections"
_DRIVER = """
import sys
sys.path.insert(0, {collections!r})
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
from ansible_collections.portable.model_env.plugins.modules import {module}
{module}.main()
"""


def command(module: str) -> list[str]:
    """The command that runs a module; its arguments go to standard input as ``{"ANSIBLE_MODULE_ARGS": ...}``.

    :param module: its short name.
    """
    return [sys.executable, "-I", "-c", _DRIVER.format(collections=str(_COLLECTIONS), module=module)]


def run(module: str, arguments: dict[str, Any], *, check: bool = False, **environ: str) -> dict[str, Any]:
    """Run a module to its end in this process, which is much faster than in one of its own.

    :returns: its result, with ``failed`` always set.
    """
    given = {**arguments, "_ansible_check_mode": check, "_ansible_diff": True}
    found = importlib.import_module(f"ansible_collections.portable.model_env.plugins.modules.{module}")
    answer = io.StringIO()
    os.umask(umask := os.umask(0o022))
    handler = signal.getsignal(signal.SIGTERM)
    encoded = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
    try:
        with (
            mock.patch.multiple(basic, _ANSIBLE_ARGS=encoded, _ANSIBLE_PROFILE="legacy", create=True),
            mock.patch.dict(os.environ, environ),
            contextlib.redirect_stdout(answer),
            pytest.raises(SystemExit) as ended,
        ):
            found.main()
    finally:
        os.umask(umask)
        signal.signal(signal.SIGTERM, handler)
    return {**json.loads(answer.getvalue()), "failed": ended.value.code != 0}
