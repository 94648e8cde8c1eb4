# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real installers against an index and a git server on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    Installer,
    InstallOptions,
    InstallResult,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import RequirementLike
from ansible_collections.portable.model_env.tests.support import node
from ansible_collections.portable.model_env.tests.support.index import Index


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Those of the tests' own virtual environment; what it lacks, of the PATH."""
    found = registry.tools_in(sys.prefix)
    return replace(found, commands={**registry.tools_on_path(os.environ).commands, **found.commands})


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path / "served").running() as running:
        yield running


@dataclass
class Bench:
    """One installer on one fresh environment."""

    installer: Installer
    prefix: Path
    tmpdir: Path
    log: Path
    pauses: list[float]
    options: InstallOptions = field(default_factory=lambda: InstallOptions(retries=0))

    @property
    def python(self) -> str:
        """Path of the environment's interpreter."""
        return str(self.prefix / "bin" / "python")

    def install(self, *wanted: RequirementLike, **options: Any) -> InstallResult:
        """The installer's install, with options by name."""
        return self.installer.install(
            self.python,
            wanted,
            replace(self.options, **options),
            tmpdir=str(self.tmpdir),
            log=str(self.log),
        )

    def preview(self, *wanted: RequirementLike, **options: Any) -> list[Change]:
        """The installer's preview, likewise."""
        return self.installer.preview(
            self.python,
            wanted,
            replace(self.options, **options),
            tmpdir=str(self.tmpdir),
            log=str(self.log),
        )

    def remove(self, *names: str) -> InstallResult:
        """The installer's remove."""
        return self.installer.remove(self.python, names, self.options, tmpdir=str(self.tmpdir), log=str(self.log))

    def versions(self) -> dict[str, str]:
        """What is installed."""
        return {name: d.version for name, d in site_packages.read(str(self.prefix)).items()}

    def text(self) -> str:
        """The log."""
        return self.log.read_text()


def make_bench(name: str, folder: Path, tools: Tools, environ: dict[str, str]) -> Bench:
    """An installer whose pauses are counted instead of slept, on a new environment under ``folder``."""
    pauses: list[float] = []
    context = Context(CommandRunner(), tools, environ, sleep=pauses.append, chance=lambda: 0.5)
    installer: Installer = registry.INSTALLERS[name](context)
    tmpdir = folder / "tmp"
    tmpdir.mkdir(parents=True)
    bench = Bench(installer, folder / "environment", tmpdir, folder / "install.log", pauses)
    interpreter = os.path.realpath(sys.executable)
    installer.create_venv(str(bench.prefix), interpreter, tmpdir=str(tmpdir), log=str(bench.log))
    return bench


@pytest.fixture
def environ(index: Index, tmp_path: Path) -> dict[str, str]:
    return node.hostile_environment(tmp_path, index)


@pytest.fixture(params=registry.NAMES)
def bench(request: pytest.FixtureRequest, tmp_path: Path, tools: Tools, environ: dict[str, str]) -> Bench:
    return make_bench(request.param, tmp_path / "bench", tools, environ)
