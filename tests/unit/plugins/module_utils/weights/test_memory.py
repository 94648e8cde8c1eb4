# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository of many files takes little memory: 100,000 of them less than 100 MiB, Python's 25 among them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.portable.model_env.tests.support import hub_tools
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering

FILES, PAGE = 20_000, 1000
MOST = (100 - 25) * FILES / 100_000  # MiB
STREAMS = 16  # MiB that threads and buffers take, however many files there are
COMMIT = "a" * 40
COLLECTIONS = Path(__file__).resolve().parents[5] / ".collections"
PROGRAM = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights.hf_snapshot import (
    SnapshotRunner, SnapshotSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import parse_request

def most():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

policy = RetryPolicy()
hub = lambda: Hub(CommandRunner(), sys.argv[2], sys.argv[3], None, policy, {"PATH": os.defpath}, Trust())
runner = SnapshotRunner(hub, SnapshotSettings(policy=policy, diff=False), StatusFile(""), False)
wanted = {"repo_id": "org/m", "revision": "a" * 40, "local_dir": sys.argv[4]}
before = most()
done = runner.present([parse_request(wanted, absent=False)])
print(json.dumps([most() - before, done["requests"], len(done["snapshots"][0]["fetch"])]))
"""


def name(number: int) -> str:
    return f"data/part-{number // PAGE:03d}/sample-{number:06d}.json"


def answer(path: str) -> Answer:
    if path.startswith("/api/models/org/m/tree/"):
        page = int(path.partition("cursor=")[2] or 0)
        entries = []
        for number in range(page * PAGE, (page + 1) * PAGE):
            content = b"%d" % number
            oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entries.append({"type": "file", "path": name(number), "size": len(content), "oid": oid})
        following = f'<{path.partition("?")[0]}?cursor={page + 1}>; rel="next"'
        return Answer(entries, headers={"Link": following} if (page + 1) * PAGE < FILES else {})
    if path.startswith("/api/"):
        return Answer({"id": "org/m", "sha": COMMIT})
    return Answer(path.rpartition("sample-")[2].partition(".")[0].lstrip("0").encode())


def test_files_of_a_large_repository_take_little_memory(tmp_path: Path) -> None:
    """Listed, compared with what lies there, the last ones fetched, and the next run, which has nothing to do."""
    target, missing = tmp_path / "target", 100
    for number in range(FILES - missing):
        (target / name(number)).parent.mkdir(parents=True, exist_ok=True)
        (target / name(number)).write_bytes(b"%d" % number)
    with Answering(answer) as server:
        for fetched in (missing, 0):
            said = subprocess.check_output(
                [sys.executable, "-c", PROGRAM, str(COLLECTIONS), hub_tools.python(), server.url, str(target)],
                env={"PATH": os.environ["PATH"]},
            )
            more, requests, fetches = json.loads(said)
            assert (requests, fetches) == (fetched, fetched)
            assert more / 1024 < MOST + (STREAMS if fetched else 0)
