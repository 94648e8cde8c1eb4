# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module pip as a process of its own, on a hostile node with a local index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import registry, site_packages
from ansible_collections.portable.model_env.tests.support import node, packages
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.module_process import command
from ansible_collections.portable.model_env.tests.support.waiting import PATIENCE


@dataclass
class Module:
    """Runs the module with one installer on one path."""

    folder: Path
    environ: dict[str, str]
    defaults: dict[str, Any]

    @property
    def path(self) -> Path:
        """The virtual environment."""
        return Path(self.defaults["virtualenv"])

    def start(self, *, check: bool = False, **arguments: Any) -> subprocess.Popen[str]:
        """Start it and return the process."""
        given = {**self.defaults, **arguments, "_ansible_check_mode": check, "_ansible_diff": True}
        process = subprocess.Popen(
            command("pip"),
            env=self.environ,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": given}))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        """Run it to its end and return the result."""
        process = self.start(check=check, **arguments)
        out, err = process.communicate(timeout=PATIENCE)
        assert out, err
        result: dict[str, Any] = json.loads(out)
        result["failed"] = process.returncode != 0
        return result

    def ok(self, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        """Run it; it must succeed."""
        result = self.run(check=check, **arguments)
        assert not result["failed"], result
        return result

    def fails(self, kind: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        """Run it; it must fail for this kind of reason, and leave everything as it was."""
        before = self.snapshot()
        result = self.run(check=check, **arguments)
        assert result["failed"], result
        assert result["error"]["kind"] == kind, result["msg"]
        assert self.snapshot() == before
        return result

    def versions(self) -> dict[str, str]:
        """What is installed."""
        return {name: d.version for name, d in site_packages.read(str(self.path)).items()}

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Every file below the folder (the log aside) with size and time of its last change."""
        found = {}
        for path in self.folder.rglob("*"):
            if "__pycache__" not in path.parts and not path.name.endswith(".log") and not path.is_dir():
                status = path.lstat()
                found[str(path.relative_to(self.folder))] = (status.st_size, status.st_mtime_ns)
        return found


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Alpha 1.0 and 2.0; beta 1.0 needs alpha; omega stands alone."""
    served = tmp_path / "served"
    for version in ("1.0", "2.0"):
        packages.wheel(served / "wheels", "alpha", version)
    packages.wheel(served / "wheels", "beta", "1.0", requires=["alpha"])
    packages.wheel(served / "wheels", "omega", "1.0")
    with Index(served).running() as running:
        yield running


@pytest.fixture(params=registry.NAMES)
def module(request: pytest.FixtureRequest, tmp_path: Path, index: Index) -> Module:
    folder = tmp_path / "node"
    folder.mkdir()
    defaults = {
        "virtualenv": str(folder / "env"),
        "virtualenv_python": os.path.realpath(sys.executable),
        "installer": request.param,
        "tools": sys.prefix,
        "uv_executable": node.find_uv(),
        "retry_delay": 0.01,
        "retries": 0,
    }
    return Module(folder, node.hostile_environment(tmp_path, index), defaults)
