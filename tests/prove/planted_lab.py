# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments to break for ``planted_faults.py``: built once by provision.yml, copied by hard links for each fault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts, verify
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "tests" / "unit" / "data" / "nvidia_smi"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
TORCH = {"version": "2.13.0", "torchvision": "0.28.0", "cuda": "cu130"}
SPECS: dict[str, dict[str, Any]] = {
    "small": {
        "python": PYTHON,
        "packages": ["einops==0.8.1", "six==1.17.0", "markupsafe==3.0.3"],
        "imports": ["einops", "einops.layers", "six", "markupsafe._speedups"],
        "api_keys": ["LUMA_API_KEY"],
    },
    "torch": {"python": PYTHON, "torch": TORCH, "packages": ["numpy==2.4.1"], "imports": ["numpy"]},
}


@dataclass
class Case:
    """A root with one environment in it, free to be broken.

    :ivar root: its folder.
    :ivar name: of the environment.
    :ivar policies: how strictly it is verified.
    :ivar full: whether every file is read.
    :ivar names: which environments are asked for; None: all.
    :ivar specs: normal forms that it is held to; {}: its receipt.
    :ivar foreign: what an interpreter that nobody provisioned must be; None: it is verified as a root.
    :ivar environ: variables of the verification.
    :ivar find_links: folder with wheels, for what the indexes do not have; "" for none.
    """

    root: Path
    name: str
    policies: dict[str, Any] = field(default_factory=dict)
    full: bool = False
    names: list[str] | None = None
    specs: dict[str, Spec] = field(default_factory=dict)
    foreign: Expectation | None = None
    environ: dict[str, str] = field(default_factory=dict)
    find_links: str = ""

    @property
    def link(self) -> Path:
        """What users follow."""
        return self.root / "envs" / self.name

    @property
    def release(self) -> Path:
        """The folder behind it."""
        (found,) = (self.root / "releases").iterdir()
        return found

    @property
    def python(self) -> Path:
        """Its interpreter, by the release's own path."""
        return self.release / "bin" / "python"

    @property
    def site(self) -> Path:
        """Where its packages lie."""
        (found,) = (self.release / "lib").glob("python3*/site-packages")
        return found

    @property
    def receipt(self) -> Path:
        """Its receipt."""
        return self.release / receipts.FILE_NAME

    def write(self, path: Path, data: bytes | str, keep_time: bool = False) -> None:
        """Replace a file's content in place, but not in the copies that share it.

        :param keep_time: leave size-and-time comparisons nothing to see.
        """
        before = path.stat() if path.exists() else None
        path.unlink(missing_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        if before is not None:
            path.chmod(before.st_mode)
            if keep_time:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def flip(self, path: Path) -> None:
        """Flip the last bit of a file's middle byte, size and time as before."""
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        self.write(path, bytes(data), keep_time=True)

    def pip(self, *arguments: str) -> None:
        """Do by hand what somebody does by hand. pip writes new files, so the copies keep theirs."""
        subprocess.run([self.python, "-m", "pip", *arguments, "--quiet"], check=True, stdout=subprocess.DEVNULL)

    def nvidia_smi(self, report: str) -> None:
        """Put a command on PATH that prints a report, as the driver's own would."""
        folder = self.root / "bin"
        folder.mkdir()
        command = folder / "nvidia-smi"
        command.write_text(f"#!/bin/sh\ncat '{REPORTS / report}'\n")
        command.chmod(0o755)
        self.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"

    def verify(self) -> dict[str, Any]:
        """The row of the environment."""
        with environment(self.environ):
            verifier = verify.Verifier(CommandRunner(), Policies(**self.policies), self.full)
            if self.foreign is not None:
                return verifier.interpreter(str(self.python), self.foreign)
            return verifier.root(str(self.root), self.names or [self.name], self.specs)[0]


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Variables of this process for a while."""
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Lab:
    """Builds the environments, and hands out copies.

    :param folder: kept between runs; what was built is not built again.
    :param find_links: for the cases.
    """

    def __init__(self, folder: Path, find_links: str = "") -> None:
        self.folder = folder
        self.find_links = find_links
        self.root = folder / "root"

    def build(self, names: list[str]) -> None:
        """Have provision.yml build what is missing."""
        if all((self.root / "envs" / name / "bin" / "python").exists() for name in names):
            return
        variables = {
            "model_env_root": str(self.root),
            "model_env_selected": names,
            "model_env_specs": SPECS,
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"gpu_nodes": {"hosts": {"lab": variables}}}))
        playbook = Path(sys.executable).with_name("ansible-playbook")
        environ = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        subprocess.run([playbook, "-i", inventory, "provision.yml"], cwd=ROOT, env=environ, check=True)

    @contextmanager
    def case(self, name: str) -> Iterator[Case]:
        """A copy of one environment in a root of its own, removed at the end."""
        root = self.folder / "case"
        shutil.rmtree(root, ignore_errors=True)
        target = os.readlink(self.root / "envs" / name)
        for folder in ("envs", "releases"):
            (root / folder).mkdir(parents=True)
        source = self.root / "releases" / Path(target).name
        subprocess.run(["cp", "-al", source, root / "releases"], check=True)
        (root / "envs" / name).symlink_to(f"../releases/{source.name}")
        try:
            yield Case(root, name, find_links=self.find_links)
        finally:
            shutil.rmtree(root, ignore_errors=True)
