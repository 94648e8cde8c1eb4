# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts to compile: small scripts in the place of pip, which are killed, fail, hang and write ninja's files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.cgroup import ControlGroups
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.progress import line
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import offline
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.compile import Compiling
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.jobs import Jobs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey

KEY = WheelKey("x", "1.0", "", "cp311", "2.11", "130", True, "linux_x86_64", "glibc2.36", ("90",))
FOUR = Jobs(4, 2)
# Compiles one file for each call, in the words of ninja's log.
NINJA = """
mkdir -p build/temp
printf 'build a.o: compile a.cpp\\nbuild b.o: compile b.cpp\\n' >build/temp/build.ninja
n=$(cat build/temp/.ninja_log 2>/dev/null | wc -l)
if [ $n = 0 ]; then name=a; else name=b; fi
printf '1\\t2\\t3\\t%s.o\\tf\\n' $name >>build/temp/.ninja_log
"""


class Source:
    """A source folder whose build is a shell script."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.status = folder / "status"

    def build(self, script: str, jobs: Jobs = FOUR, time_limit: float = 0.0) -> dict[str, Any]:
        """Run ``script`` as the build."""
        compiling = Compiling(
            CommandRunner(),
            ControlGroups(),
            KEY,
            str(self.folder),
            StatusFile(str(self.status)),
            str(self.log),
            time_limit,
        )
        environment = offline(os.environ, str(self.folder))
        return compiling.run(["sh", "-c", f"cd {self.folder}\n{script}"], environment, jobs)

    def failure(self, script: str, **options: Any) -> ModelEnvError:
        """Run it; it must fail."""
        with pytest.raises(ModelEnvError) as caught:
            self.build(script, **options)
        return caught.value


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path)


def test_the_jobs_reach_the_build(source: Source) -> None:
    result = source.build('echo "$MAX_JOBS jobs, $NVCC_THREADS threads" >said')
    assert (source.folder / "said").read_text() == "4 jobs, 2 threads\n"
    assert (result["jobs"], result["threads"], result["attempts"], result["steps"]) == (4, 2, 1, 0)


def test_what_memory_kills_is_tried_with_fewer_jobs(source: Source) -> None:
    result = source.build(
        "echo $MAX_JOBS $NVCC_THREADS >>tries\n[ $MAX_JOBS = 1 ] && exit 0\n"
        "echo '  g++: fatal error: Killed signal terminated program cc1plus' >&2; exit 1"
    )
    assert (source.folder / "tries").read_text().splitlines() == ["4 2", "4 1", "2 1", "1 1"]
    assert (result["jobs"], result["threads"], result["attempts"]) == (1, 1, 4)
    assert "memory ran out with 2 jobs of 1 threads; going on with 1" in source.log.read_text()


def test_a_build_that_is_killed_itself_counts_as_well(source: Source) -> None:
    assert source.build("[ $MAX_JOBS = 1 ] || kill -9 $$", jobs=Jobs(2, 1))["attempts"] == 2


def test_memory_that_is_too_little_for_one(source: Source) -> None:
    error = source.failure("echo 'cc1plus: out of memory allocating 65536 bytes'; exit 1", jobs=Jobs(2, 1))
    assert (error.kind, error.what) == ("no_memory", "memory ran out while x was compiled with 1 job")
    assert error.log == str(source.log)


def test_other_failures_are_not_repeated(source: Source) -> None:
    error = source.failure("echo x >>tries\necho \"  ModuleNotFoundError: No module named 'psutil'\" >&2; exit 1")
    assert (error.kind, error.what) == ("build_failed", "x needs the module psutil")
    assert (source.folder / "tries").read_text() == "x\n"
    assert "psutil" in source.log.read_text()


def test_what_a_build_says_of_its_environment_is_masked(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_EXAMPLE")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-EXAMPLE-2")
    monkeypatch.setenv("EXTRA_INDEX", "https://u:EXAMPLE-3@h/simple")
    error = source.failure('env; echo "fatal error: $HF_TOKEN $OPENAI_API_KEY $EXTRA_INDEX" >&2; exit 1')
    log = source.log.read_text()
    assert "HF_TOKEN=********" in log and "fatal error: ******** ******** https://****@h/simple" in log
    assert "EXAMPLE" not in log + json.dumps(error.as_dict()) + error.message
    assert source.log.stat().st_mode & 0o777 == 0o600


def test_a_time_limit_says_how_far_it_was(source: Source) -> None:
    ready = source.folder / "ready"
    for limit in (1, 10, 100):  # until one is long enough for the shell to come so far
        error = source.failure(f"rm -rf build\n{NINJA}\ntouch ready; sleep 600", time_limit=limit)
        if ready.exists():
            break
    assert (error.kind, error.why) == ("timeout", "1 of 2 files are compiled")
    error = source.failure("sleep 600", time_limit=1)
    assert error.todo.startswith("run again, which goes on from there")


def test_what_an_earlier_run_has_compiled_is_told(source: Source) -> None:
    source.failure(f"{NINJA}\nexit 1")
    result = source.build(NINJA)
    assert (result["steps"], result["steps_before"]) == (2, 1)


def test_progress_is_shown_while_it_runs(source: Source) -> None:
    source.build(f"{NINJA}\nuntil grep -q total status; do sleep 0.1; done; cp status seen", jobs=Jobs(1, 1))
    seen = json.loads((source.folder / "seen").read_text())
    assert line({**seen, "rate": 0.002}) == "compiling x, 1 of 2 files, 8 min 20 s left, 1 at once"
