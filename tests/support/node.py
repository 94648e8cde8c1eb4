# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node on which much is set that must not matter, and the tools that the tests use."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from ansible_collections.portable.model_env.tests.support.index import Index


def find_uv() -> str:
    """The uv beside the tests' own Python, else that of the PATH."""
    beside = os.path.join(sys.prefix, "bin", "uv")
    found = beside if os.path.exists(beside) else shutil.which("uv")
    assert found, "these tests need uv: install it with pip into the environment that runs them"
    return found


def hostile_environment(folder: Path, index: Index) -> dict[str, str]:
    """The environment of a node whose pip configuration names the index, and whose caller has set much else.

    :param folder: gets the home and stray modules.
    """
    home = folder / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text(
        f"[global]\nindex-url = {index.simple}\nretries = 0\ntimeout = 60\ntarget = {folder}/stray\n"
    )
    stray = folder / "stray-modules"
    stray.mkdir()
    for module in ("pip", "packaging", "sitecustomize"):
        (stray / f"{module}.py").write_text("raise SystemExit('a stray module was imported')\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_DIRS": str(folder / "no-xdg"),
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_DEPS": "1",
        "PYTHONPATH": str(stray),
        "UV_INDEX_URL": "http://127.0.0.1:9/wrong",
        "UV_OFFLINE": "1",
        "VIRTUAL_ENV": str(folder / "another"),
        "CONDA_PREFIX": str(folder / "conda"),
    }
