# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead weight of a store that a real uv filled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.installers import uv_store
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.node import find_uv
from ansible_collections.portable.model_env.tests.support.packages import wheel

SIZE = 300_000


def install(folder: Path, index: Index, version: str, *options: str) -> None:
    uv = [find_uv(), "--quiet", "--no-config"]
    subprocess.run([*uv, "venv", "--python", sys.executable, str(folder / version)], check=True)
    target = ["--python", str(folder / version / "bin" / "python"), "--default-index", index.simple]
    cache = ["--cache-dir", str(folder / "store"), *options]
    subprocess.run([*uv, "pip", "install", *cache, *target, f"part=={version}"], check=True)


def archives(folder: Path) -> int:
    return len(list(folder.glob("store/archive-v*/*")))


def test_what_only_the_store_has_goes_and_comes_back_when_it_is_wanted(tmp_path: Path) -> None:
    for version in ("1.0", "1.1"):
        wheel(tmp_path / "wheels", "part", version, size=SIZE)
    with Index(tmp_path).running() as index:
        install(tmp_path, index, "1.0")
        install(tmp_path, index, "1.1")
        assert uv_store.prune(str(tmp_path / "store")) == 0, "all of it is used"
        shutil.rmtree(tmp_path / "1.0")
        assert SIZE <= uv_store.prune(str(tmp_path / "store")) < 2 * SIZE
        assert archives(tmp_path) == 1
        install(tmp_path, index, "1.0")
        assert archives(tmp_path) == 2


def test_nothing_is_removed_where_links_do_not_tell(tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", "part", "1.0", size=SIZE)
    with Index(tmp_path).running() as index:
        install(tmp_path, index, "1.0", "--link-mode", "copy")
    assert uv_store.prune(str(tmp_path / "store")) == 0
    assert archives(tmp_path) == 1


def test_without_a_store_there_is_nothing(tmp_path: Path) -> None:
    assert uv_store.prune(str(tmp_path / "store")) == 0
