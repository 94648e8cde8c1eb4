# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups: recorded in containers (version 1), after the kernel's documentation (version 2), and real ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.cgroup import ControlGroups, Grant

DATA = Path(__file__).parents[3] / "data" / "cgroups"
GIB = 1 << 30
MEMINFO = "MemTotal: 67108864 kB\nMemFree: 1 kB\nMemAvailable: 33554432 kB\n"
V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"

# Below /sys/fs/cgroup; the files are those of cgroup-v2.rst.
V2_TREES: dict[str, tuple[str, dict[str, str], Grant]] = {
    "nothing is limited": ("/", {}, Grant(8.0, 32 * GIB)),
    "max is no limit": (
        "/user.slice",
        {"user.slice/memory.max": "max", "user.slice/cpu.max": "max 100000"},
        Grant(8.0, 32 * GIB),
    ),
    "the tightest of a nest counts": (
        "/a.slice/b.scope/c",
        {
            "a.slice/memory.max": str(8 * GIB),
            "a.slice/memory.current": str(7 * GIB),
            "a.slice/memory.stat": f"anon 1\ninactive_file {GIB}\nactive_file {GIB}\n",
            "a.slice/cpu.max": "250000 100000",
            "a.slice/b.scope/memory.max": str(16 * GIB),
            "a.slice/b.scope/memory.current": "0",
            "a.slice/b.scope/cpu.max": "max 100000",
            "a.slice/b.scope/c/memory.max": "max",
            "a.slice/b.scope/c/cpu.max": "600000 100000",
        },
        Grant(2.5, 3 * GIB, 8 * GIB),
    ),
    "what throttles counts as well": (
        "/a",
        {"a/memory.max": str(8 * GIB), "a/memory.high": str(4 * GIB), "a/memory.current": str(GIB)},
        Grant(8.0, 3 * GIB, 4 * GIB),
    ),
    "a limit that is used up": (
        "/a",
        {"a/memory.max": str(GIB), "a/memory.current": str(2 * GIB), "a/cpu.max": "5000 100000"},
        Grant(0.05, 0, GIB),
    ),
}


def plant(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


@pytest.mark.parametrize(
    ("recording", "grant"),
    [
        ("v1-docker", Grant(1.5, 3 * GIB, 3 * GIB)),
        ("v1-docker-private", Grant(0.5, GIB, GIB)),
    ],
)
def test_recorded_in_a_container(tmp_path: Path, recording: str, grant: Grant) -> None:
    files = json.loads((DATA / f"{recording}.json").read_text())
    groups = ControlGroups(plant(tmp_path, files), cpus=2)
    found = groups.grant()
    assert (found.cores, found.memory_limit) == (grant.cores, grant.memory_limit)
    used = grant.memory - found.memory
    assert 0 <= used < 50 << 20, "a container that has just begun uses little"
    assert groups.kills() == 0
    control = tmp_path / "sys/fs/cgroup/memory/memory.oom_control"
    control.write_text(control.read_text().replace("oom_kill 0", "oom_kill 3"))
    assert groups.kills() == 3


@pytest.mark.parametrize("case", V2_TREES)
def test_version_2(tmp_path: Path, case: str) -> None:
    path, files, grant = V2_TREES[case]
    tree = {f"/sys/fs/cgroup/{name}": text for name, text in files.items()}
    tree.update({"/proc/self/mountinfo": V2_MOUNT, "/proc/self/cgroup": f"0::{path}\n", "/proc/meminfo": MEMINFO})
    assert ControlGroups(plant(tmp_path, tree), cpus=8).grant() == grant


def test_version_2_counts_kills(tmp_path: Path) -> None:
    tree = {
        "/proc/self/mountinfo": V2_MOUNT,
        "/proc/self/cgroup": "0::/a\n",
        "/sys/fs/cgroup/a/memory.events": "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n",
    }
    assert ControlGroups(plant(tmp_path, tree)).kills() == 1


def test_controllers_in_both_versions_at_once(tmp_path: Path) -> None:
    tree = {
        "/proc/self/mountinfo": "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        "/proc/self/cgroup": "3:cpu,cpuacct:/job\n0::/job\n",
        "/proc/meminfo": MEMINFO,
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
        "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "150000",
        "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
        "/sys/fs/cgroup/unified/job/memory.max": str(GIB),
    }
    assert ControlGroups(plant(tmp_path, tree), cpus=8).grant() == Grant(1.5, GIB, GIB)


def test_a_group_outside_of_what_is_mounted(tmp_path: Path) -> None:
    tree = {
        "/proc/self/mountinfo": V2_MOUNT.replace(" / /sys", " /mine /sys"),
        "/proc/self/cgroup": "0::/../theirs\n",
        "/proc/meminfo": MEMINFO,
        "/sys/fs/cgroup/memory.max": str(GIB),
    }
    assert ControlGroups(plant(tmp_path, tree), cpus=8).grant().memory_limit == GIB


def test_this_machine() -> None:
    groups = ControlGroups()
    found = groups.grant()
    assert 0 < found.cores <= (os.cpu_count() or 1)
    assert 0 < found.memory < 1 << 50
    assert groups.kills() >= 0


@pytest.mark.skipif(not shutil.which("taskset"), reason="needs taskset")
def test_a_cpuset_counts() -> None:
    cpu = min(os.sched_getaffinity(0))
    code = (
        "from ansible_collections.portable.model_env.plugins.module_utils.host.cgroup import ControlGroups\n"
        "print(ControlGroups().grant().cores)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        ["taskset", "-c", str(cpu), sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    assert float(done.stdout) <= 1.0
