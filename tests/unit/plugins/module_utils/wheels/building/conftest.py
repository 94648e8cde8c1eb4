# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workshop for whole builds: real virtual environments, a stand-in of torch, and a pip that compiles nothing."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.build import (
    WheelBuildSettings,
    WheelRequest,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.wheel_build import (
    WheelBuildOptions,
    WheelBuildRunner,
)
from ansible_collections.portable.model_env.tests.support import planted, stand_in

LOCK = "pip==26.0.1 --hash=sha256:" + "0" * 64 + "\n"
# What it was asked for is appended to $JOURNAL; it fails at what $FAIL names.
PIP = """
import json, os, pathlib, sys
options = sys.argv[1:]
python = options[options.index("--python") + 1]
verb = options[options.index("--python") + 2]
journal = pathlib.Path(os.environ["JOURNAL"])
lines = sys.stdin.read().split("\\n") if verb in ("install", "download") else []
names = ("PATH", "TMPDIR", "MAX_JOBS", "FORCE", "TORCH_CUDA_ARCH_LIST")
record = {"verb": verb, "lines": [line for line in lines if line], "options": options,
          "environment": {name: os.environ[name] for name in names if name in os.environ}}
with journal.open("a") as file:
    file.write(json.dumps(record) + "\\n")
if verb in os.environ.get("FAIL", "").split():
    sys.exit("it does not work today")
if verb == "install":
    (site,) = pathlib.Path(python).parent.parent.glob("lib/python3*/site-packages")
    (site / "torch.py").write_text(TORCH)
    for name, version in (("torch", VERSION), ("setuptools", "80.9.0"), ("wheel", "0.45.1")):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        (folder / "RECORD").write_text("")
elif verb == "download":
    target = pathlib.Path(options[options.index("-d") + 1])
    target.mkdir()
    (target / SDIST.name).write_bytes(SDIST.read_bytes())
elif verb == "wheel":
    (pathlib.Path(options[options.index("-w") + 1]) / WHEEL.name).write_bytes(WHEEL.read_bytes())
"""


@dataclass
class Workshop:
    """A root whose tools are the pip above."""

    folder: Path
    environ: dict[str, str]
    request: WheelRequest = field(default_factory=lambda: WheelRequest(stand_in.key(), [f"torch=={stand_in.TORCH}"]))

    @property
    def root(self) -> Path:
        """The root."""
        return self.folder / "root"

    @property
    def journal(self) -> Path:
        """What pip was asked for, a line of JSON each time."""
        return self.folder / "journal"

    def runner(self, check_mode: bool = False, **settings: Any) -> WheelBuildRunner:
        """The module's runner."""
        build = WheelBuildSettings(installer="pip", build_tools=["setuptools==80.9.0", "wheel==0.45.1"], **settings)
        options = WheelBuildOptions(str(self.root), str(self.folder / "house"), LOCK, False, 60.0, build)
        return WheelBuildRunner(CommandRunner(), options, self.environ, StatusFile(""), check_mode)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path, {})
    made.environ.update(PATH=os.environ["PATH"], HOME=str(tmp_path), JOURNAL=str(made.journal))
    tools = made.root / "tools" / hashlib.sha256(LOCK.encode()).hexdigest()[:12]
    torch = stand_in._TORCH.format(version=stand_in.TORCH, abi=True)
    values = {"TORCH": torch, "VERSION": stand_in.TORCH}
    code = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    code += "import pathlib\n"
    code += f"SDIST = pathlib.Path({str(stand_in.extension_sdist(tmp_path / 'sdist'))!r})\n"
    code += f"WHEEL = pathlib.Path({str(stand_in.extension_wheel(tmp_path / 'wheel'))!r})\n"
    planted.Environment(tools).plant(pip=code + PIP)
    (tools / "complete.json").write_text("{}")
    return made
