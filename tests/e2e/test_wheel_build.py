# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module wheel_build for real: torch, compilers and a source archive that behaves like flash-attn's.

Everything is compiled against torch for the CPU; the tests are skipped where that is not to be had.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import Wheelhouse
from ansible_collections.portable.model_env.tests.support import extension, packages
from ansible_collections.portable.model_env.tests.support.builder import BUILD_TOOLS, Builder
from ansible_collections.portable.model_env.tests.support.memory_group import MemoryGroup
from ansible_collections.portable.model_env.tests.support.waiting import until

from .conftest import kill

# Compiles what includes torch only when the gate is open.
GATED = """#!/bin/sh
case "$*" in *api.cpp*) while [ ! -e "$GATE" ]; do sleep 0.1; done ;; esac
exec c++ "$@"
"""
# Takes 900 MiB before it compiles, and where two run at once keeps them until another one has ended. So in 1.5 GiB one
# of two is killed, and one alone is not.
GREEDY = """#!/usr/bin/env python3
import os, pathlib, sys, time
def alive(pid):
    try:
        return " Z " not in pathlib.Path("/proc", pid, "stat").read_text()
    except OSError:
        return False
if any(argument.endswith(".cpp") for argument in sys.argv):
    here, myself = pathlib.Path(os.environ["GREEDY"]), str(os.getpid())
    (here / myself).touch()
    block = bytearray(900 << 20)
    for start in range(0, len(block), 4096):
        block[start] = 1
    end = time.monotonic() + 600
    while os.environ["MAX_JOBS"] != "1" and time.monotonic() < end:
        if not all(alive(path.name) for path in here.iterdir()):
            break
        time.sleep(0.05)
os.execvp("c++", ["c++", *sys.argv[1:]])
"""


def compiler(builder: Builder, script: str) -> str:
    """A compiler that is a script."""
    path = builder.folder / "special-c++"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def test_a_killed_build_goes_on_and_is_made_once(builder: Builder) -> None:
    builder.sdist()
    assert builder.ok(_ansible_check_mode=True)["action"] == "build"
    assert not builder.build.exists()

    gate = builder.folder / "open"
    environ = {"CXX": compiler(builder, GATED), "GATE": str(gate)}
    process = builder.start(environ)

    def compiled() -> bool:
        assert process.poll() is None, process.communicate()
        return builder.progress() == (extension.KERNELS, extension.KERNELS + 1)

    until(compiled, "all but one file is compiled")
    kill([process.pid])  # what it has started goes on, and is ended by the next run
    process.communicate()

    gate.touch()
    rivals = [builder.start(environ), builder.start(environ)]
    results = [builder.result(rival) for rival in rivals]
    assert sorted(result["action"] for result in results) == ["build", "keep"], results
    assert len({result["sha256"] for result in results}) == 1
    facts = results[0]["facts"]
    assert (facts["steps"], facts["steps_before"], facts["attempts"]) == (5, 4, 1)
    assert facts["tools"]["torch"] == "2.13.0+cpu"
    assert facts["libraries"] == [name for name in facts["libraries"] if name.startswith("tiny_attn_ops.")] != []
    left = list(builder.build.parent.glob(f"*{builder.key.slug()}*"))
    assert left == [], "a finished build leaves nothing but the wheel"

    again = builder.ok()
    assert (again["changed"], again["action"], again["path"]) == (False, "keep", results[0]["path"])
    code = "import torch, tiny_attn; print(tiny_attn.attend(torch.ones(2)).tolist())"
    user = [builder.environment(again["path"]), "-I", "-c", code]
    assert subprocess.run(user, check=True, capture_output=True, text=True).stdout.strip() == "[10.0, 10.0]"


def test_memory_that_runs_out_costs_jobs_and_not_the_build(builder: Builder) -> None:
    builder.sdist()
    (builder.folder / "greedy").mkdir()
    environ = {"CXX": compiler(builder, GREEDY), "GREEDY": str(builder.folder / "greedy")}
    try:
        with MemoryGroup.of(1536 << 20) as group:
            result = builder.ok(environ, preexec_fn=group.join, gib_per_job=0.1)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    assert (result["facts"]["attempts"], result["facts"]["jobs"]) == (2, 1)
    assert result["facts"]["memory"] < 1536 << 20
    assert "memory ran out with 2 jobs" in Path(result["facts"]["log"]).read_text()


def test_a_time_limit_ends_the_build_and_keeps_its_folder(builder: Builder) -> None:
    builder.sdist()
    error = builder.run(time_limit=1)["error"]
    assert (error["kind"], error["what"]) == ("timeout", "tiny-attn was not compiled within 1 seconds")
    assert (builder.build / "source" / "setup.py").exists()


def test_a_standard_that_is_too_old_for_torch(builder: Builder) -> None:
    builder.sdist(standard=14, header="torch/all.h")
    error = builder.run()["error"]
    assert error["what"] == "tiny-attn is compiled as an older C++ than torch's headers need"
    assert "C++17 or later" in error["why"]


def test_a_wheel_with_an_undefined_symbol_is_not_kept(builder: Builder) -> None:
    builder.sdist(undefined=True)
    error = builder.run()["error"]
    assert error["what"] == "tiny-attn was compiled, but its wheel is no good"
    assert "undefined symbol" in error["why"]
    assert Wheelhouse(str(builder.house)).entries() == []


def test_a_source_archive_with_another_hash_is_refused(builder: Builder) -> None:
    builder.sdist()
    assert builder.run(sha256="0" * 64)["error"]["kind"] == "hash_mismatch"


def test_a_wheel_is_renamed_on_one_filesystem_whatever_tmpdir_says(builder: Builder) -> None:
    """Not forced, setup.py fetches a wheel and renames it from the folder of the source into pip's."""
    if os.stat("/dev/shm").st_dev == os.stat(builder.folder).st_dev:
        pytest.skip("/dev/shm is not another filesystem")
    archive = builder.sdist()
    key = builder.key
    tag = f"{key.python_tag}-{key.python_tag}-{key.platform}"
    released = packages.wheel(archive.parent, extension.NAME, builder.version, tag=tag)
    local = "cputorch2.13cxx11abiTRUE"
    released = released.rename(archive.parent / f"tiny_attn-{builder.version}+{local}-{tag}.whl")
    variables = {extension.RELEASES: f"{builder.index.url}/files"}

    result = builder.ok({"TMPDIR": "/dev/shm"}, environment=variables)
    assert result["facts"]["steps"] == 0, "nothing was compiled"
    assert Path(result["path"]).read_bytes() == released.read_bytes()

    # The same source and the same setup.py with the TMPDIR of the caller: what the module spares its users.
    source = builder.folder / "source"
    source.mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(source), "--strip-components=1"], check=True)
    env = builder.environment(*BUILD_TOOLS)
    pip = [sys.executable, "-m", "pip", "--python", env, "wheel", "-q", "--no-cache-dir", "--no-deps"]
    pip += ["--no-build-isolation", "-w", str(builder.folder / "dist"), str(source)]
    path = f"{Path(env).parent}:{os.environ['PATH']}"
    environ = {**os.environ, **variables, "TMPDIR": "/dev/shm", "PATH": path}
    done = subprocess.run(pip, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Invalid cross-device link" in done.stderr + done.stdout
