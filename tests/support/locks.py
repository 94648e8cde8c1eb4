# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks for tests, and what makes them."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock

TOOLS_LOCK = "uv==0.13.9 --hash=sha256:00\n"
SHA = "0123456789abcdef" * 4
COMMIT = "0123456789" * 4


def wheel(stem: str, sha256: str = SHA) -> dict[str, Any]:
    """A wheel in the normal form."""
    return {"name": f"{stem}-py3-none-any.whl", "sha256": sha256}


def make_lock(*packages: dict[str, Any], **fields: Any) -> Lock:
    """A lock of these packages, each in the normal form."""
    given = {"spec": SHA, "python": "3.11", "platform": "x86_64-manylinux_2_28", "resolver": "uv 0.13.9", **fields}
    return Lock.from_dict({**given, "packages": list(packages)}, "a test")


def index_package(name: str, version: str, **fields: Any) -> dict[str, Any]:
    """A distribution of an index that has a wheel."""
    return {"name": name, "version": version, "wheels": [wheel(f"{name.replace('-', '_')}-{version}")], **fields}


def make_cache(folder: Path) -> Path:
    """A cache of ``lock.yml`` whose tools, for :data:`TOOLS_LOCK`, are those of the tests' own environment."""
    tools = folder / "tools" / hashlib.sha256(TOOLS_LOCK.encode()).hexdigest()[:12]
    (tools / "bin").mkdir(parents=True)
    uv = shutil.which("uv", path=f"{sys.prefix}/bin") or shutil.which("uv")
    assert uv, "the tests' environment has no uv"
    (tools / "bin" / "uv").symlink_to(uv)
    (tools / "bin" / "python").symlink_to(sys.executable)
    (tools / "complete.json").write_text(json.dumps({"python": sys.executable}))
    return folder
