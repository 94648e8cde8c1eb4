# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the fixture server for a test, and turns its switches."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any


class HubServer:
    """The server as a process of its own; a context manager.

    :param data: folder of the repositories.
    :param sndbuf: size of its send buffers, for exact counts; 0: the system's.
    :param bind: address of this machine, to listen at.
    """

    def __init__(self, data: Path, sndbuf: int = 0, bind: str = "127.0.0.1") -> None:
        self._argv = [sys.executable, str(Path(__file__).with_name("server.py")), "--data", str(data)]
        self._argv += ["--sndbuf", str(sndbuf), "--bind", bind]
        self.url = ""

    def __enter__(self) -> HubServer:
        self._process = subprocess.Popen(self._argv, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["hub"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def faults(self, *faults: dict[str, Any]) -> None:
        """Switch on these faults and no others."""
        self._call("faults", json.dumps(faults).encode())

    def reset(self) -> None:
        """Forget counts, and read the repositories again."""
        self._call("reset", b"")

    def stats(self) -> dict[str, Any]:
        """What was asked and sent since the last reset."""
        return self._call("stats", None)

    def commit(self, kind: str, name: str, revision: str = "main") -> str:
        """The commit of a revision, as the API says it."""
        with urllib.request.urlopen(f"{self.url}/api/{kind}s/{name}/revision/{revision}") as answer:
            return str(json.load(answer)["sha"])

    def _call(self, verb: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/__control__/{verb}", data=body)
        with urllib.request.urlopen(request) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
