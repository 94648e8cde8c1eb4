# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools: made once, found again, hash-checked, without uv where there is none. (Real ones: see the real tests.)"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreter
from ansible_collections.portable.model_env.plugins.module_utils.installers.toolbox import Toolbox, without

LOCK = """packaging==25.0 \
    --hash=sha256:aa
pip==26.0.1 \
    --hash=sha256:bb
uv==0.13.9 \
    --hash=sha256:cc \
    --hash=sha256:dd
"""


class OneInterpreter:
    """Stands for the search, which has tests of its own."""

    def __init__(self, **fields: Any) -> None:
        self.fields: dict[str, Any] = {
            "path": "/usr/bin/python3",
            "version": "3.11.2",
            "venv": True,
            "ensurepip": True,
            "pip": True,
        }
        self.fields.update(fields)

    def any_with_pip(self) -> Interpreter:
        """What the search would have found."""
        return Interpreter(**self.fields)


def toolbox(runner: Any, folder: Path, **fields: Any) -> Toolbox:
    return Toolbox(runner, str(folder), LOCK, OneInterpreter(**fields), {"PIP_INDEX_URL": "https://mirror/simple"})  # type: ignore[arg-type]


def making(argv: list[str]) -> bool:
    """What ``python -m venv`` leaves behind."""
    if argv[2:4] != ["-m", "venv"]:
        return False
    folder = Path(argv[-1], "bin")
    folder.mkdir(parents=True)
    for name in ("python", "uv"):
        (folder / name).write_text("")
        (folder / name).chmod(0o755)
    return True


def test_made_once_with_hashes_from_the_nodes_index(tmp_path: Path, scripted_runner: Any) -> None:
    scripted_runner.expect(making)
    scripted_runner.expect(lambda argv: "--require-hashes" in argv and argv[1:4] == ["-I", "-m", "pip"])
    box = toolbox(scripted_runner, tmp_path)
    assert box.find() is None
    tools = box.ensure(str(tmp_path))
    assert scripted_runner.calls[1]["stdin"] == LOCK
    assert scripted_runner.calls[1]["env"]["PIP_INDEX_URL"] == "https://mirror/simple"
    assert box.find() == box.ensure(str(tmp_path)) == tools, "a second time nothing is started"
    assert tools.command("uv")[0].startswith(str(tmp_path))


def test_another_lock_is_another_folder(tmp_path: Path, scripted_runner: Any) -> None:
    first = Toolbox(scripted_runner, str(tmp_path), LOCK, OneInterpreter(), {})  # type: ignore[arg-type]
    second = Toolbox(scripted_runner, str(tmp_path), LOCK + "x==1\n", OneInterpreter(), {})  # type: ignore[arg-type]
    assert first._path != second._path


def test_a_platform_without_uv_gets_pip_only(tmp_path: Path, scripted_runner: Any) -> None:
    scripted_runner.expect(making)
    scripted_runner.expect(
        lambda argv: "pip" in argv, rc=1, stderr="ERROR: No matching distribution found for uv==0.13.9"
    )
    scripted_runner.expect(lambda argv: "pip" in argv)
    toolbox(scripted_runner, tmp_path).ensure(str(tmp_path))
    assert scripted_runner.calls[2]["stdin"] == without(LOCK, "uv")


def test_a_failure_leaves_nothing_and_says_what_to_do(tmp_path: Path, scripted_runner: Any) -> None:
    scripted_runner.expect(making)
    scripted_runner.expect(lambda argv: "pip" in argv, rc=1, stderr="ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n")
    with pytest.raises(ModelEnvError, match="DO NOT MATCH THE HASHES"):
        toolbox(scripted_runner, tmp_path).ensure(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_an_unfinished_folder_is_made_anew(tmp_path: Path, scripted_runner: Any) -> None:
    box = toolbox(scripted_runner, tmp_path)
    Path(box._path, "bin").mkdir(parents=True)
    Path(box._path, "left").write_text("")
    assert box.find() is None
    scripted_runner.expect(making).expect(lambda argv: "pip" in argv)
    box.ensure(str(tmp_path))
    assert not Path(box._path, "left").exists()
    assert json.loads(Path(box._path, "complete.json").read_text()) == {"python": "/usr/bin/python3"}


def test_without_ensurepip_the_interpreters_own_pip_installs(tmp_path: Path, scripted_runner: Any) -> None:
    scripted_runner.expect(lambda argv: "--without-pip" in argv and making(argv))
    scripted_runner.expect(lambda argv: argv[0] == "/usr/bin/python3" and "--python" in argv)
    toolbox(scripted_runner, tmp_path, ensurepip=False).ensure(str(tmp_path))


def test_check_mode_makes_them_elsewhere(tmp_path: Path, scripted_runner: Any) -> None:
    scripted_runner.expect(making).expect(lambda argv: "pip" in argv)
    root, elsewhere = tmp_path / "root", tmp_path / "tmp"
    tools = toolbox(scripted_runner, root).temporary(str(elsewhere))
    assert tools.python.startswith(str(elsewhere))
    assert not root.exists()


@pytest.mark.parametrize("name", ["packaging", "pip", "uv"])
def test_without_takes_exactly_one_entry(name: str) -> None:
    left = without(LOCK, name)
    assert f"{name}==" not in left
    assert left.count("==") == 2
    assert left.count("--hash") == (2 if name == "uv" else 3)
