# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real source archives of flash-attn: which wheel their own setup.py asks for, and what it does without an answer.

setup.py runs as it is, but for two things: torch is a stand-in that says what a torch of that version and CUDA says,
and the address of the releases is that of a local server. Nothing is compiled (FLASH_ATTENTION_SKIP_CUDA_BUILD).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions, Tools
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.source import WheelSource
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, released_wheel
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.node import find_uv
from ansible_collections.portable.model_env.tests.support.planted import Environment

BUILD_TOOLS = ["packaging==25.0", "psutil==7.1.3", "ninja==1.13.0", "wheel==0.45.1", "setuptools==80.9.0"]
SKIP = {"FLASH_ATTENTION_SKIP_CUDA_BUILD": "TRUE"}
TORCH = """
import json, os
_said = json.loads(os.environ.get("TORCH_SAYS", '{"torch": "2.11.0", "cuda": "13.0", "cxx11abi": true}'))
__version__ = _said["torch"]
class version:
    cuda, hip = _said["cuda"], None
class _C:
    _GLIBCXX_USE_CXX11_ABI = _said["cxx11abi"]
"""
CPP_EXTENSION = """
CUDA_HOME = ROCM_HOME = None
IS_HIP_EXTENSION = False
class BuildExtension: pass
CppExtension = CUDAExtension = None
"""
# version of flash-attn -> what torch there is: its version, its CUDA, its C++ ABI
CASES = {
    "2.6.3": [("2.4.0", "12.1", False), ("2.4.0", "11.8", False)],
    "2.7.0.post2": [("2.5.1", "12.4", False)],
    "2.8.3": [("2.8.0", "12.8", True), ("2.11.0", "13.0", True)],
    "2.8.3.post2": [("2.8.0", "12.8", True), ("2.11.0", "13.0", True)],
}


class Sources:
    """Source archives, unpacked, and an environment to run their setup.py in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = Environment(folder / "env")
        site = self.environment.site
        (site / "torch" / "utils").mkdir(parents=True)
        (site / "torch" / "__init__.py").write_text(TORCH)
        (site / "torch" / "utils" / "__init__.py").write_text("")
        (site / "torch" / "utils" / "cpp_extension.py").write_text(CPP_EXTENSION)
        pip = [sys.executable, "-m", "pip", "--python", self.environment.python]
        subprocess.run([*pip, "install", "-q", "--no-cache-dir", *BUILD_TOOLS], check=True)
        self._pip = (sys.executable, "-I", "-m", "pip")

    def fetch(self, version: str) -> Path:
        """The source of a version, as a build gets it; fetched once."""
        path = self.folder / version
        if path.exists():
            return path
        key = WheelKey("flash-attn", version, "", "", "", "", True, "", "")
        source = WheelSource(CommandRunner(), Tools("", {"pip": self._pip, "uv": (find_uv(),)}), os.environ, SKIP, "")
        tmpdir = self.folder / f"tmp-{version}"
        tmpdir.mkdir(exist_ok=True)
        try:
            source.from_index(key, "", self.environment.python, str(path), InstallOptions(), str(tmpdir))
        except ModelEnvError as error:
            if error.kind in ("network", "no_such_version"):
                pytest.skip(f"flash-attn {version} is not to be had here: {error.why or error.what}")
            raise
        return path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """The archives."""
    return Sources(tmp_path_factory.mktemp("flash-attn"))


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[Index]:
    """A server in the place of the project's releases; it has no wheel."""
    with Index(tmp_path / "releases").running() as server:
        yield server


def bdist_wheel(source: Path, sources: Sources, server: Index, says: dict[str, Any], dist: Path) -> str:
    """Run setup.py's own command; its output."""
    setup = source / "setup-local.py"
    text = (source / "setup.py").read_text()
    address = "https://github.com/Dao-AILab/flash-attention/releases/download/{tag_name}/"
    assert address in text
    setup.write_text(text.replace(address, f"{server.url}/files/"))
    environ = {**os.environ, **SKIP, "TORCH_SAYS": json.dumps(says)}
    argv = [sources.environment.python, str(setup), "bdist_wheel", "-d", str(dist)]
    done = subprocess.run(argv, cwd=source, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("version", CASES)
def test_the_computed_name_is_the_one_that_setup_py_asks_for(
    sources: Sources, releases: Index, tmp_path: Path, version: str
) -> None:
    source = sources.fetch(version)
    for torch, cuda, cxx11abi in CASES[version]:
        says = {"torch": torch, "cuda": cuda, "cxx11abi": cxx11abi}
        facts = {
            **says,
            "python_tag": f"cp{sys.version_info.major}{sys.version_info.minor}",
            "platform": f"linux_{os.uname().machine}",
            "libc": "glibc2.36",
            "gpus": ["90"],
        }
        expected = released_wheel(WheelKey.from_facts(facts, "flash-attn", version))
        releases.requests.clear()
        output = bdist_wheel(source, sources, releases, says, tmp_path / "dist")
        assert expected is not None
        assert releases.requests == [f"/files/{expected.name}"]
        # What a role must not leave to it: without an answer it builds, and says so in one line of the output.
        assert "Precompiled wheel not found. Building from source..." in output


def test_a_wheel_that_is_there_is_taken_whatever_is_in_it(sources: Sources, releases: Index, tmp_path: Path) -> None:
    source = sources.fetch("2.8.3.post2")
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    name = f"flash_attn-2.8.3.post2+cu13torch2.11cxx11abiTRUE-{tag}-{tag}-linux_{os.uname().machine}.whl"
    (releases.folder / "wheels").mkdir(parents=True)
    (releases.folder / "wheels" / name).write_bytes(b"no wheel at all")
    says = {"torch": "2.11.0+cu130", "cuda": "13.0", "cxx11abi": True}
    bdist_wheel(source, sources, releases, says, tmp_path / "dist")
    (taken,) = (tmp_path / "dist").iterdir()
    assert taken.read_bytes() == b"no wheel at all"
