# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distributions that nothing requires, as the environment's own Python tells."""

from __future__ import annotations

import os
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.installers.unneeded import unneeded


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Without pip and packaging."""
    path = tmp_path / "env"
    venv.create(path, symlinks=True)
    return path


def put(environment: Path, name: str, requires: Sequence[str] = ()) -> None:
    folder = next(environment.glob("lib/python3*/site-packages")) / f"{name}-1.0.dist-info"
    folder.mkdir()
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0", *(f"Requires-Dist: {one}" for one in requires)]
    (folder / "METADATA").write_text("\n".join(lines) + "\n")


def ask(environment: Path, lines: Sequence[str], coming: dict[str, Sequence[str]] | None = None) -> list[str]:
    context = Context(CommandRunner(), Tools(), os.environ)
    return unneeded(context, str(environment / "bin" / "python"), lines, coming, tmpdir=str(environment.parent))


def test_what_is_reached_stays(environment: Path) -> None:
    put(environment, "top", ["Mid_dle>=1", "extra-only ; extra == 'x'", "never ; python_version < '3'"])
    put(environment, "mid-dle", ["leaf"])
    for name in ("leaf", "extra-only", "never", "alone"):
        put(environment, name)
    assert ask(environment, ["top==1.0"]) == ["alone", "extra-only", "never"]
    assert ask(environment, ["top[x]==1.0"]) == ["alone", "never"]
    assert ask(environment, ["alone==1.0 ; python_version < '3'"])[0] == "alone"


def test_what_is_about_to_come_counts(environment: Path) -> None:
    put(environment, "old")
    put(environment, "kept")
    assert ask(environment, ["new==2.0"], {"new": ["kept"]}) == ["old"]


def test_an_interpreter_that_does_not_run(environment: Path) -> None:
    python = environment / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ModelEnvError, match="broken") as caught:
        ask(environment, [])
    assert caught.value.kind == "interpreter"
