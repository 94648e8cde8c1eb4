# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module wheel_build in a process of its own, for a source archive that behaves like flash-attn's."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.tests.support import extension
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.module_process import command
from ansible_collections.portable.model_env.tests.support.node import find_uv

TORCH = "torch==2.13.0+cpu"
PACKAGING, PSUTIL = "packaging==25.0", "psutil==7.1.3"
BUILD_TOOLS = [PACKAGING, PSUTIL, "ninja==1.13.0", "wheel==0.45.1", "setuptools==80.9.0"]

_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass
class Builder:
    """Runs the module in a process of its own."""

    folder: Path
    root: Path
    index: Index
    version: str

    @property
    def house(self) -> Path:
        """The wheelhouse."""
        return self.folder / "house"

    @property
    def key(self) -> WheelKey:
        """What the tests want: for this machine and torch for the CPU."""
        tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
        libc = "".join(platform.libc_ver())
        machine = f"linux_{platform.machine()}"
        return WheelKey(extension.NAME, self.version, "", tag, "2.13", "cpu", True, machine, libc)

    @property
    def build(self) -> Path:
        """The build folder."""
        return self.root / "build" / self.key.slug()

    def start(
        self,
        environ: dict[str, str] | None = None,
        preexec_fn: Callable[[], None] | None = None,
        **arguments: Any,
    ) -> subprocess.Popen[str]:
        """Start it."""
        given = {
            "root": str(self.root),
            "wheelhouse": str(self.house),
            "key": self.key.as_dict(),
            "torch": [TORCH],
            "build_tools": BUILD_TOOLS,
            "extra_index_urls": [self.index.simple],
            "environment": {extension.FORCE: "TRUE"},
            "tools_lock": (_CHECKOUT / "roles/model_env/files/tools-requirements.txt").read_text(),
            "max_jobs": 2,
            "status_file": str(self.folder / "status"),
            **arguments,
        }
        process = subprocess.Popen(
            command("wheel_build"),
            env={**os.environ, **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=preexec_fn,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": given}))
        process.stdin.close()
        process.stdin = None
        return process

    @staticmethod
    def result(process: subprocess.Popen[str]) -> dict[str, Any]:
        """What a process answered at its end."""
        out, err = process.communicate(timeout=1500)
        assert out, err
        result: dict[str, Any] = json.loads(out)
        result["failed"] = process.returncode != 0
        return result

    def run(self, environ: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
        """Run it to its end and return the result."""
        return self.result(self.start(environ, **arguments))

    def ok(self, environ: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
        """Run it; it must succeed."""
        result = self.run(environ, **arguments)
        assert not result["failed"], result.get("msg")
        return result

    def sdist(self, **options: Any) -> Path:
        """Offer the source archive."""
        return extension.sdist(self.index.folder / "wheels", self.version, **options)

    def progress(self) -> tuple[int, int]:
        """What the run that goes on says of itself: files compiled, and files in all."""
        try:
            status = json.loads((self.folder / "status").read_text())
        except FileNotFoundError:
            return 0, 0
        return status.get("done", 0), status.get("total", 0)

    def environment(self, *requirements: str) -> str:
        """Interpreter of a new environment with torch and more, made by hand from the same store."""
        env = self.folder / "by-hand"
        uv, store = find_uv(), {**os.environ, "UV_CACHE_DIR": str(self.root / "store")}
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(env)], check=True, env=store)
        python = str(env / "bin" / "python")
        install = [uv, "pip", "install", "-q", "--python", python]
        install += ["--find-links", os.environ.get("PIP_FIND_LINKS", ".")]
        indexes = os.environ.get("PIP_EXTRA_INDEX_URL", "").split()
        install += [word for url in indexes for word in ("--index", url)]
        subprocess.run([*install, TORCH, *requirements], check=True, env=store)
        return python
