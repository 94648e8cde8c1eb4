# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the proofs: a repository, the server, one run as a process, and Markdown tables."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support import hub_tools
from ansible_collections.portable.model_env.tests.support.documents import table

ROOT = Path(__file__).resolve().parents[2]
RUN = Path(__file__).with_name("hub_run.py")
MIB = 1 << 20


def tools_python(given: str = "") -> str:
    """A Python with huggingface_hub: the one that was named, else the role's tool environment, made in .build."""
    if given:
        return str(Path(given).absolute())
    return hub_tools.python()


def old_client() -> str:
    """A Python with huggingface_hub 0.34.6, made in .build: the version that the role pins for Python 3.9."""
    folder = ROOT / ".build" / "hub-client-0.34.6"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(folder / "bin" / "pip"), "install", "--quiet", "--no-cache-dir", "huggingface_hub==0.34.6"]
        subprocess.run(install, check=True)
        (folder / "complete").touch()
    return str(folder / "bin" / "python")


def repository(data: Path, name: str, files: dict[str, int], tag: str = "v1", **settings: Any) -> Path:
    """Make a repository with files of these sizes, unless it is there."""
    folder = data / "models" / name
    for path, size in files.items():
        target = folder / tag / path
        if not target.exists() or target.stat().st_size != size:
            make_file(target, size, f"{name} {tag} {path}")
    if settings:
        (folder / "hub.json").write_text(json.dumps(settings))
    return folder / tag


def start(job: dict[str, Any]) -> subprocess.Popen[str]:
    """Start a run; its job is on its standard input."""
    process = subprocess.Popen(
        [sys.executable, str(RUN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(job))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a run; its result."""
    out, err = process.communicate()
    if not out:
        raise RuntimeError(f"the run died: {err}")
    result: dict[str, Any] = json.loads(out)
    return result


def run(job: dict[str, Any]) -> dict[str, Any]:
    """A run from start to end."""
    return finish(start(job))


def same(source: Path, target: Path) -> bool:
    """Whether every file of ``source`` is in ``target`` with the same bytes."""
    return all(
        digest(path) == digest(target / path.relative_to(source)) for path in source.rglob("*") if path.is_file()
    )


def leftovers(target: Path) -> list[str]:
    """What lies in the state folder beside manifests."""
    state = target / ".model_env"
    return sorted(str(p.relative_to(state)) for p in state.rglob("*") if p.suffix != ".json") if state.exists() else []


def digest(path: Path) -> str:
    """sha256 of a file, "" if there is none."""
    if not path.is_file():
        return ""
    total = hashlib.sha256()
    with open(path, "rb") as handle:
        while block := handle.read(MIB):
            total.update(block)
    return total.hexdigest()


def mib(amount: float) -> str:
    """Mebibytes for a table."""
    return f"{amount / MIB:.1f}"


__all__ = [
    "MIB",
    "ROOT",
    "HubServer",
    "digest",
    "finish",
    "leftovers",
    "make_file",
    "mib",
    "old_client",
    "repository",
    "run",
    "same",
    "start",
    "table",
    "tools_python",
]
