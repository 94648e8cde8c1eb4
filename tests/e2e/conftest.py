# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the end-to-end tests: a site whose index has a few packages, with either installer."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.tests.support.builder import TORCH, Builder
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.sites import (
    CHECKOUT,
    PLAYBOOK,
    PYTHON,
    Run,
    Site,
    descendants,
    kill,
    make_tools,
)

__all__ = ["CHECKOUT", "PLAYBOOK", "PYTHON", "Run", "Site", "descendants", "kill"]


def of_all_workers(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the whole run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tools, made once for all workers; every node of the tests has a link to them."""
    base = of_all_workers(tmp_path_factory)
    with open(base / "tools.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return make_tools(base / "tools", tmp_path_factory.mktemp("tmp"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index with three versions of one package, and one that needs it."""
    wheels = tmp_path / "index" / "wheels"
    wheels.mkdir(parents=True)
    for version in ("1.0", "1.1", "2.0"):
        wheel(wheels, "left-part", version, body=f"version = '{version}'")
    wheel(wheels, "whole", "1.0", requires=["left-part>=1,<2"])
    wheel(wheels, "single", "1.0")
    with Index(tmp_path / "index").running() as server:
        yield server


@pytest.fixture(params=["uv", "pip"])
def site(request: pytest.FixtureRequest, tmp_path: Path, index: Index, tools: Path) -> Site:
    """One node, with either installer."""
    return Site(tmp_path, index, tools, installer=request.param)


@pytest.fixture(scope="session")
def builder_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One root for all builds of wheels, of all workers, so that torch is fetched and unpacked once."""
    probe = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--no-deps", "--ignore-installed", TORCH]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"no index that pip is configured for has {TORCH}")
    return of_all_workers(tmp_path_factory) / "builder" / "root"


@pytest.fixture
def builder(tmp_path: Path, builder_root: Path, request: pytest.FixtureRequest) -> Iterator[Builder]:
    """A builder of a version of its own, so that no test finds what another has built."""
    version = f"1.{zlib.crc32(request.node.name.encode())}"
    with Index(tmp_path / "sources").running() as sources:
        yield Builder(tmp_path, builder_root, sources, version)
