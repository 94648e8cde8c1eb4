# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at random moments of one download, run after run: what each next run fetches again, and what is left.

    python tests/prove/hub_kill.py [--python PYTHON_WITH_HUGGINGFACE_HUB] [--size 2048] [--kills 20] [--lab FOLDER]

The same with the Hub's own client beside it. The server counts the bytes; its send buffers are small, so that what it
counts as sent has nearly arrived. Ends with status 1 if one kill cost ours more than one chunk (64 MiB), the bytes are
wrong, or anything is left over.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.plugins.module_utils.host.below import open_folder
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import peek
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.tests.prove.hub_lab import (
    MIB,
    HubServer,
    digest,
    leftovers,
    mib,
    repository,
    same,
    start,
    table,
    tools_python,
)
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

CHUNK = 64 * MIB


def ours(python: str, server: HubServer, commit: str, target: Path) -> subprocess.Popen[str]:
    """One run of hf_snapshot."""
    snapshot = {"repo_id": "acme/killed", "revision": commit, "local_dir": str(target)}
    job = {"python": python, "endpoint": server.url, "snapshots": [snapshot]}
    return start(job)


def client(python: str, server: HubServer, commit: str, target: Path) -> subprocess.Popen[str]:
    """One run of the Hub's own client."""
    program = (
        "import huggingface_hub as h, sys\n"
        f"h.snapshot_download('acme/killed', revision={commit!r}, local_dir={str(target)!r}, max_workers=8)\n"
    )
    environment = {
        **os.environ,
        "HF_ENDPOINT": server.url,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    environment["HF_HOME"] = str(target.parent / "hf-home")
    return subprocess.Popen([python, "-c", program], env=environment, stdout=subprocess.DEVNULL, text=True)


def known(target: Path, file: HubFile) -> int:
    """Bytes of the large and the small file that are on record."""
    partials = target / ".model_env" / "model--acme--killed.partial"
    small = target / "config.json"
    there = 0
    if partials.is_dir():
        with open_folder(str(partials), Owners()) as folder:
            there = peek(folder, file)
    return there + (small.stat().st_size if small.exists() else 0)


def trial(
    begin: Callable[[], subprocess.Popen[str]],
    kept: Callable[[], int],
    server: HubServer,
    size: int,
    moments: list[float],
    rate: int,
) -> tuple[int, int]:
    """Run and kill at each moment (seconds after the first byte), then run to the end.

    :param kept: bytes that the next run will not fetch again, after a kill.
    :returns: bytes in all, and the most that one kill has lost.
    """
    server.reset()
    # Even pace, so that a moment in time is a moment of the download.
    server.faults({"where": "cdn", "kind": "slow", "rate": rate, "count": 0})
    parts, before, lost, worst = [], 0, 0, 0
    for moment in moments:
        process = begin()
        while server.stats()["sent_total"] <= before + 1000:
            time.sleep(0.02)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.3)  # the server notices
        now = server.stats()["sent_total"]
        parts.append(now - before)
        before = now
        worst = max(worst, now - lost - kept())
        lost = now - kept()
    server.faults()
    process = begin()
    process.communicate()
    if process.returncode:
        raise RuntimeError(f"the last run failed with {process.returncode}")
    total = server.stats()["sent_total"]
    parts.append(total - before)
    print(f"{total / size:.2f} times the size; per run MiB: {' '.join(mib(part) for part in parts)}", flush=True)
    return total, worst


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default="", help="with huggingface_hub; default: the role's tool environment")
    parser.add_argument("--size", type=int, default=2048, help="MiB")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=int, default=120, help="MiB per second, of all streams together")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--lab", type=Path)
    parser.add_argument("--without-client", action="store_true")
    given = parser.parse_args()
    python = tools_python(given.python)
    folder = given.lab or Path(tempfile.mkdtemp(prefix="hub-kill-"))
    size = given.size * MIB
    source = repository(folder / "data", "acme/killed", {"model.safetensors": size, "config.json": 500})
    whole = size + 500
    chance = random.Random(given.seed)
    moments = [round(chance.uniform(0.05, 1.5), 2) for _number in range(given.kills)]
    rows: list[list[Any]] = []
    bad = False
    library = [python, "-c", "import huggingface_hub; print(huggingface_hub.__version__)"]
    version = subprocess.run(library, capture_output=True, text=True, check=True).stdout.strip()
    ways = {"hf_snapshot": ours}
    if not given.without_client:
        ways[f"huggingface_hub {version}"] = client
    big = "sha256:" + digest(source / "model.safetensors")
    with HubServer(folder / "data", sndbuf=64 << 10) as server:
        commit = server.commit("model", "acme/killed")
        for name, way in ways.items():
            target = folder / "target"
            # The client has one stream for one file, we have eight: the same pace for both.
            pace = given.rate * MIB // (8 if way is ours else 1)
            shutil.rmtree(target, ignore_errors=True)
            begin = functools.partial(way, python, server, commit, target)
            kept = functools.partial(known, target, hub_file("model.safetensors", size, big)) if way is ours else int
            total, worst = trial(begin, kept, server, whole, moments, pace)
            right = same(source, target)
            if way is ours:
                left = leftovers(target)
                bad = bad or not right or bool(left) or worst > CHUNK
            else:
                litter = (target / ".cache").rglob("*.incomplete")
                left = [f"{len(list(litter))} partial files"]
            again = mib(total - whole)
            rows.append(
                [
                    name,
                    mib(whole),
                    given.kills,
                    mib(total),
                    again,
                    mib(worst),
                    "yes" if right else "NO",
                    left or "nothing",
                ]
            )
    head = ["", "size MiB", "kills", "fetched in all", "fetched twice", "most by one kill", "bytes right", "left over"]
    print(table(head, rows))
    shutil.rmtree(folder / "target", ignore_errors=True)
    if not given.lab:
        shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
