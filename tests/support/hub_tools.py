# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that has huggingface_hub, for tests."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.weights.tools import hub_python

_REPO = Path(__file__).resolve().parents[2]


@cache
def python() -> str:
    """Its path: a tool environment, made once from the role's lock and kept in .build."""
    lock = (_REPO / "roles" / "hf_weights" / "files" / "hub-requirements.txt").read_text()
    return hub_python(CommandRunner(), str(_REPO / ".build" / "hub-tools"), lock, {}, os.environ, False)
