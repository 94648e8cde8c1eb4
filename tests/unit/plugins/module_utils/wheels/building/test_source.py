# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of a build from git, with submodules; sources from an index are tried in the end-to-end tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Tools
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.source import WheelSource
from ansible_collections.portable.model_env.tests.support import packages

ALLOW_FILES = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always"}


def test_a_commit_with_its_submodules(tmp_path: Path) -> None:
    part = packages.Repository(tmp_path, "cutlass")
    part.commit({"cutlass.h": "// part"})
    whole = packages.Repository(tmp_path, "attention")
    whole.commit({"setup.py": "first"})
    allow = ["-c", "protocol.file.allow=always"]
    packages.git(*allow, "submodule", "add", "-q", str(part.bare), "csrc/cutlass", cwd=whole.work)
    commit = whole.commit({"setup.py": "second"})
    whole.commit({"setup.py": "third"})

    source = WheelSource(CommandRunner(), Tools(), {**os.environ, **ALLOW_FILES}, {}, str(tmp_path / "log"))
    target = tmp_path / "build" / "source"
    target.parent.mkdir()
    (tmp_path / "build" / "source.new").mkdir()  # what a killed run left
    source.from_git(f"file://{whole.bare}", commit, str(target), str(tmp_path))
    assert (target / "setup.py").read_text() == "second"
    assert (target / "csrc" / "cutlass" / "cutlass.h").read_text() == "// part"

    (target / "compiled.o").write_text("")
    source.from_git("file:///gone", commit, str(target), str(tmp_path))
    assert (target / "compiled.o").exists(), "what is there is kept, with all that was compiled in it"


def test_a_commit_that_is_not_there_leaves_no_source(tmp_path: Path) -> None:
    repository = packages.Repository(tmp_path, "attention")
    repository.commit({"setup.py": ""})
    source = WheelSource(CommandRunner(), Tools(), os.environ, {}, "")
    with pytest.raises(ModelEnvError, match="has no commit"):
        source.from_git(f"file://{repository.bare}", "0" * 40, str(tmp_path / "source"), str(tmp_path))
    assert not (tmp_path / "source").exists()
