# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled files that load and that do not, in a real interpreter."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.probes import libraries as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.tests.support import planted


def compiled(folder: Path, name: str, code: str) -> str:
    (folder / f"{name}.c").write_text(code)
    target = str(folder / f"{name}.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", target, str(folder / f"{name}.c")], check=True)
    return target


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> planted.Environment:
    return planted.Environment(tmp_path_factory.mktemp("libraries") / "env").plant(torch="print('torch')")


def load(environment: planted.Environment, *files: str) -> tuple[int, dict[str, str]]:
    script = f"{source_of(probe)}\nmain({list(files)!r})\n"
    done = subprocess.run([environment.python, "-I", "-"], input=script, capture_output=True, text=True, check=False)
    said = done.stdout.rpartition(probe.MARK)[2]
    return done.returncode, json.loads(said)


def test_a_symbol_that_is_missing_ends_the_load_at_once(environment: planted.Environment, tmp_path: Path) -> None:
    good = compiled(tmp_path, "good", "int answer(void) { return 42; }")
    # The loader would look for it when the function is called first: in the middle of a training.
    lacks = compiled(tmp_path, "lacks", "int no_such_symbol(void); int answer(void) { return no_such_symbol(); }")
    broken = tmp_path / "broken.so"
    broken.write_text("no library at all")
    status, errors = load(environment, good, lacks, str(broken))
    assert status == 0
    assert sorted(errors) == sorted([lacks, str(broken)])
    assert "undefined symbol: no_such_symbol" in errors[lacks]


def test_what_a_library_does_at_the_end_is_not_waited_for(environment: planted.Environment, tmp_path: Path) -> None:
    code = "#include <stdlib.h>\n__attribute__((destructor)) static void end(void) { abort(); }\n"
    assert load(environment, compiled(tmp_path, "aborts", code)) == (0, {})
