# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel that was just built: its name, and whether its libraries load. Real shared libraries, compiled here."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import prove_wheel
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.tests.support import planted

KEY = WheelKey("x-y", "1.0", "", "cp311", "2.11", "130", True, "linux_x86_64", "glibc2.36", ("90",))
GOOD = "x_y-1.0-cp311-cp311-linux_x86_64.whl"


@pytest.mark.parametrize(
    "name",
    [
        GOOD,
        "x_y-1.0+local-cp311-cp311-linux_x86_64.whl",
        "X_Y-1.0-cp311-cp311-manylinux_2_28_x86_64.whl",
        "x_y-1.0-1-cp310.cp311-abi3-linux_x86_64.whl",
    ],
)
def test_names_that_fit(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    assert prove_wheel.only_wheel(str(tmp_path), KEY) == str(tmp_path / name)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([], "there are 0 wheels where one should be: none"),
        ([GOOD, "z-1-py3-none-any.whl"], f"there are 2 wheels where one should be: {GOOD}, z-1-py3-none-any.whl"),
        (["x_y-1.1-cp311-cp311-linux_x86_64.whl"], "x_y-1.1-cp311-cp311-linux_x86_64.whl is not x-y 1.0"),
        (["z-1.0-cp311-cp311-linux_x86_64.whl"], "z-1.0-cp311-cp311-linux_x86_64.whl is not x-y 1.0"),
        (["x_y-1.0-py3-none-any.whl"], "x_y-1.0-py3-none-any.whl is not for cp311 on linux_x86_64"),
        (
            ["x_y-1.0-cp311-cp311-linux_aarch64.whl"],
            "x_y-1.0-cp311-cp311-linux_aarch64.whl is not for cp311 on linux_x86_64",
        ),
    ],
)
def test_names_that_do_not(tmp_path: Path, names: list[str], why: str) -> None:
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(ModelEnvError) as caught:
        prove_wheel.only_wheel(str(tmp_path), KEY)
    assert (caught.value.kind, caught.value.why) == ("build_failed", why)


def test_a_commit_may_have_any_version(tmp_path: Path) -> None:
    (tmp_path / GOOD).write_text("")
    assert prove_wheel.only_wheel(str(tmp_path), replace(KEY, version="", commit="0" * 40))


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_libraries_are_loaded_beside_torch(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env").plant_torch()

    def prove(source: str) -> list[str]:
        library = tmp_path / "x_ops.so"
        argv = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
        subprocess.run(argv, input=source.encode(), check=True)
        wheel = tmp_path / GOOD
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.write(library, "x/x_ops.so")
            archive.writestr("x/__init__.py", "")
        return prove_wheel.prove_loads(
            CommandRunner(), environment.python, str(wheel), KEY, os.environ, str(tmp_path / "tmp")
        )

    assert prove("int f(void) { return 1; }") == ["x/x_ops.so"]
    # Looked up lazily, this one would load, and end the process when it is called.
    with pytest.raises(ModelEnvError) as caught:
        prove("int missing_in_torch(void); int f(void) { return missing_in_torch(); }")
    assert "x_ops.so does not load beside torch 2.11" in caught.value.why
    assert "undefined symbol: missing_in_torch" in caught.value.why
    (environment.site / "torch.py").unlink()
    with pytest.raises(ModelEnvError, match="No module named 'torch'"):
        prove("int f(void) { return 1; }")
