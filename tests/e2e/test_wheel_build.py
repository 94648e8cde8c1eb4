# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module wheel_build for real: torch, compilers and a source archive that behaves like flash-attn's.

Everything is compiled against torch for the CPU; the tests are skipped where that is not to be had.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.node.wheelhouse import Wheelhouse
from ansible_collections.portable.model_env.plugins.module_utils.pure.wheel_key import WheelKey
from ansible_collections.portable.model_env.tests.support import extension
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.memory_group import MemoryGroup
from ansible_collections.portable.model_env.tests.support.node import find_uv

from .conftest import CHECKOUT, kill

TORCH = "torch==2.13.0+cpu"
PACKAGING, PSUTIL = "packaging==25.0", "psutil==7.1.3"
BUILD_TOOLS = [PACKAGING, PSUTIL, "ninja==1.13.0", "wheel==0.45.1", "setuptools==80.9.0"]
DRIVER = """
import sys
sys.path.insert(0, {collections!r})
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
from ansible_collections.portable.model_env.plugins.modules import wheel_build
wheel_build.main()
"""
# A compiler that takes 1200 MiB before it compiles, and lets them go. So in 2 GiB two at once are killed, and one is
# not.
GREEDY = """#!/usr/bin/env python3
import os, sys, time
if any(argument.endswith(".o") for argument in sys.argv):
    block = bytearray(1200 << 20)
    for start in range(0, len(block), 4096):
        block[start] = 1
    time.sleep(5)
os.execvp("c++", ["c++", *sys.argv[1:]])
"""


@dataclass
class Builder:
    """Runs the module in a process of its own."""

    folder: Path
    root: Path
    index: Index
    version: str

    @property
    def house(self) -> Path:
        """The wheelhouse."""
        return self.folder / "house"

    @property
    def key(self) -> WheelKey:
        """What the tests want: for this machine and torch for the CPU."""
        tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
        libc = "".join(platform.libc_ver())
        machine = f"linux_{platform.machine()}"
        return WheelKey(extension.NAME, self.version, "", tag, "2.13", "cpu", True, machine, libc)

    @property
    def build(self) -> Path:
        """The build folder."""
        return self.root / "build" / self.key.slug()

    def start(
        self,
        environ: dict[str, str] | None = None,
        preexec_fn: Callable[[], None] | None = None,
        **arguments: Any,
    ) -> subprocess.Popen[str]:
        """Start it."""
        given = {
            "root": str(self.root),
            "wheelhouse": str(self.house),
            "key": self.key.as_dict(),
            "torch": [TORCH],
            "build_tools": BUILD_TOOLS,
            "extra_index_urls": [self.index.simple],
            "environment": {extension.FORCE: "TRUE"},
            "tools_lock": (CHECKOUT / "roles/model_env/files/tools-requirements.txt").read_text(),
            "max_jobs": 2,
            **arguments,
        }
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", DRIVER.format(collections=str(CHECKOUT / ".collections"))],
            env={**os.environ, **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=preexec_fn,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": given}))
        process.stdin.close()
        process.stdin = None
        return process

    @staticmethod
    def result(process: subprocess.Popen[str]) -> dict[str, Any]:
        """What a process answered at its end."""
        out, err = process.communicate(timeout=1500)
        assert out, err
        result: dict[str, Any] = json.loads(out)
        result["failed"] = process.returncode != 0
        return result

    def run(self, environ: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
        """Run it to its end and return the result."""
        return self.result(self.start(environ, **arguments))

    def ok(self, environ: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
        """Run it; it must succeed."""
        result = self.run(environ, **arguments)
        assert not result["failed"], result.get("msg")
        return result

    def objects(self) -> dict[str, int]:
        """What is compiled, with the time of each file."""
        return {path.name: path.stat().st_mtime_ns for path in self.build.glob("source/build/**/*.o")}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One root for all tests, so that torch is unpacked once."""
    probe = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--no-deps", "--ignore-installed", TORCH]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"no index that pip is configured for has {TORCH}")
    return tmp_path_factory.mktemp("node") / "root"


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Index]:
    """An index for source archives."""
    with Index(tmp_path / "index").running() as server:
        yield server


@pytest.fixture
def builder(tmp_path: Path, root: Path, sources: Index, request: pytest.FixtureRequest) -> Builder:
    """A builder of a version of its own, so that no test finds what another has built."""
    version = f"1.{zlib.crc32(request.node.name.encode())}"
    return Builder(tmp_path, root, sources, version)


def sdist(builder: Builder, **options: Any) -> Path:
    return extension.sdist(builder.index.folder / "wheels", builder.version, **options)


def wait_for(process: subprocess.Popen[str], builder: Builder, count: int) -> dict[str, int]:
    """Come back when so many files are compiled."""
    while len(builder.objects()) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    return builder.objects()


def attend(builder: Builder, wheel: str) -> str:
    """Install a wheel beside torch in a new environment and use it."""
    env = builder.folder / "user"
    uv, store = find_uv(), {**os.environ, "UV_CACHE_DIR": str(builder.root / "store")}
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(env)], check=True, env=store)
    python = str(env / "bin" / "python")
    install = [uv, "pip", "install", "-q", "--python", python, "--find-links", os.environ.get("PIP_FIND_LINKS", ".")]
    indexes = os.environ.get("PIP_EXTRA_INDEX_URL", "").split()
    install += [word for url in indexes for word in ("--index", url)]
    subprocess.run([*install, TORCH, wheel], check=True, env=store)
    code = "import torch, tiny_attn; print(tiny_attn.attend(torch.ones(2)).tolist())"
    return subprocess.run([python, "-I", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_a_killed_build_goes_on_and_is_made_once(builder: Builder) -> None:
    sdist(builder)
    assert builder.ok(_ansible_check_mode=True)["action"] == "build"
    assert not builder.build.exists()

    process = builder.start()
    wait_for(process, builder, extension.KERNELS)
    kill([process.pid])  # what it has started dies with it, or is ended by the next run
    process.communicate()

    rivals = [builder.start(), builder.start()]
    results = [builder.result(rival) for rival in rivals]
    assert sorted(result["action"] for result in results) == ["build", "keep"], results
    assert len({result["sha256"] for result in results}) == 1
    facts = results[0]["facts"]
    assert (facts["steps"], facts["steps_before"], facts["attempts"]) == (5, 4, 1)
    assert facts["tools"]["torch"] == "2.13.0+cpu"
    assert facts["libraries"] == [name for name in facts["libraries"] if name.startswith("tiny_attn_ops.")] != []
    assert not builder.build.exists(), "a finished build leaves nothing but the wheel"
    assert list((builder.root / "build").iterdir()) == []

    again = builder.ok()
    assert (again["changed"], again["action"], again["path"]) == (False, "keep", results[0]["path"])
    assert attend(builder, again["path"]) == "[10.0, 10.0]"


def test_memory_that_runs_out_costs_jobs_and_not_the_build(builder: Builder) -> None:
    sdist(builder)
    greedy = builder.folder / "greedy-c++"
    greedy.write_text(GREEDY)
    greedy.chmod(0o755)
    try:
        with MemoryGroup.of(2 << 30) as group:
            result = builder.ok({"CXX": str(greedy)}, preexec_fn=group.join, gib_per_job=0.1)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    assert (result["facts"]["attempts"], result["facts"]["jobs"]) == (2, 1)
    assert result["facts"]["memory"] < 2 << 30
    assert "memory ran out with 2 jobs" in Path(result["facts"]["log"]).read_text()


def test_too_little_memory_is_refused_before_anything_is_installed(builder: Builder) -> None:
    sdist(builder)
    try:
        with MemoryGroup.of(1 << 30) as group:
            result = builder.run(preexec_fn=group.join)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    assert result["error"]["details"] == {"id": "memory", "all": ["memory"]}
    assert not builder.build.exists()


def test_a_time_limit_keeps_what_is_compiled(builder: Builder) -> None:
    sdist(builder)
    result = builder.run(time_limit=1)
    assert result["error"]["kind"] == "timeout"
    assert (builder.build / "source" / "setup.py").exists()


def test_a_missing_build_tool_is_named(builder: Builder) -> None:
    sdist(builder)
    result = builder.run(build_tools=[tool for tool in BUILD_TOOLS if tool != PSUTIL])
    assert result["error"]["what"] == "tiny-attn needs the module psutil"
    assert builder.run(build_tools=[PACKAGING])["error"]["details"]["id"] == "build_tools"


def test_another_torch_than_the_key_says_is_refused(builder: Builder) -> None:
    sdist(builder)
    key = {**builder.key.as_dict(), "torch": "2.12"}
    error = builder.run(key=key)["error"]
    assert error["details"]["id"] == "another_environment"
    assert "its torch is 2.13, wanted is 2.12" in error["what"]


def test_a_standard_that_is_too_old_for_torch(builder: Builder) -> None:
    sdist(builder, standard=14)
    error = builder.run()["error"]
    assert error["what"] == "tiny-attn is compiled as an older C++ than torch's headers need"
    assert "C++17 or later" in error["why"]


def test_a_wheel_with_an_undefined_symbol_is_not_kept(builder: Builder) -> None:
    sdist(builder, undefined=True)
    error = builder.run()["error"]
    assert error["what"] == "tiny-attn was compiled, but its wheel is no good"
    assert "undefined symbol" in error["why"]
    assert Wheelhouse(str(builder.house)).entries() == []


def test_a_source_archive_with_another_hash_is_refused(builder: Builder) -> None:
    sdist(builder)
    assert builder.run(sha256="0" * 64)["error"]["kind"] == "hash_mismatch"


def test_a_wheel_is_renamed_on_one_filesystem_whatever_tmpdir_says(builder: Builder, tmp_path: Path) -> None:
    """Not forced, setup.py fetches a wheel and renames it from the folder of the source into pip's."""
    if os.stat("/dev/shm").st_dev == os.stat(tmp_path).st_dev:
        pytest.skip("/dev/shm is not another filesystem")
    archive = sdist(builder)
    key = builder.key
    releases = builder.index.folder / "wheels"
    tag = f"{key.python_tag}-{key.python_tag}-{key.platform}"
    released = releases / f"tiny_attn-{builder.version}+cputorch2.13cxx11abiTRUE-{tag}.whl"
    with zipfile.ZipFile(released, "w") as wheel:
        wheel.writestr("tiny_attn/__init__.py", "")
    variables = {extension.RELEASES: f"{builder.index.url}/files"}

    result = builder.ok({"TMPDIR": "/dev/shm"}, environment=variables)
    assert result["facts"]["steps"] == 0, "nothing was compiled"
    assert Path(result["path"]).read_bytes() == released.read_bytes()

    # The same source and the same setup.py with the TMPDIR of the caller: what the module spares its users.
    source = tmp_path / "source"
    source.mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(source), "--strip-components=1"], check=True)
    env = by_hand(builder)
    pip = [sys.executable, "-m", "pip", "--python", env, "wheel", "-q", "--no-cache-dir", "--no-deps"]
    pip += ["--no-build-isolation", "-w", str(tmp_path / "dist"), str(source)]
    path = f"{Path(env).parent}:{os.environ['PATH']}"
    environ = {**os.environ, **variables, "TMPDIR": "/dev/shm", "PATH": path}
    done = subprocess.run(pip, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Invalid cross-device link" in done.stderr + done.stdout


def by_hand(builder: Builder) -> str:
    """Interpreter of a build environment like the module's own."""
    env = builder.folder / "by-hand"
    store = {**os.environ, "UV_CACHE_DIR": str(builder.root / "store")}
    subprocess.run([find_uv(), "venv", "-q", "--python", sys.executable, str(env)], check=True, env=store)
    python = str(env / "bin" / "python")
    install = [find_uv(), "pip", "install", "-q", "--python", python]
    install += ["--find-links", os.environ.get("PIP_FIND_LINKS", "."), TORCH, *BUILD_TOOLS]
    subprocess.run(install, check=True, env=store)
    return python
