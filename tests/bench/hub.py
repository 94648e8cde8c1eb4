# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times weights: one large file, many small ones, nothing to do; ours, curl and the Hub's client; medians of one run.

    python tests/bench/hub.py [--size 4096] [--rounds 5] [--lab FOLDER] [--client PYTHON]

All fetch from the same loopback server into the same filesystem and take turns, so that a slow minute of the machine
meets all. Ours includes the sha256 of every byte and brings every byte to the disk (fsync) before a file gets its name.
The others do neither, so there is a row of each with a sync of the file behind it: the same promise about the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove.hub_lab import (
    MIB,
    ROOT,
    HubServer,
    repository,
    run,
    start,
    table,
    tools_python,
)

REPOS, FILES = 100, 20
_CLIENT = """
import huggingface_hub as h, json, sys
for repo_id, commit, folder in json.loads(sys.argv[1]):
    h.snapshot_download(repo_id, revision=commit, local_dir=folder)
"""
_PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - portable.model_env.hf_snapshot:
        snapshots: "{{ wanted }}"
        endpoint: http://127.0.0.1:9
        tools_python: /none
"""


class Bench:
    """One server, one folder to fetch into."""

    def __init__(self, python: str, client: str, folder: Path, server: HubServer) -> None:
        self.python, self.client, self.server = python, client, server
        self.target = folder / "target"

    def curl(self, wanted: list[dict[str, Any]], *, sync: bool) -> None:
        """Curl of the large file, with a sync behind it or not."""
        entry = wanted[0]
        self.target.mkdir(parents=True)
        url = f"{self.server.url}/{entry['repo_id']}/resolve/{entry['revision']}/model.safetensors"
        subprocess.run(["curl", "-sSLf", "-o", str(self.target / "file"), url], check=True)
        if sync:
            subprocess.run(["sync", str(self.target / "file")], check=True)

    def ours(self, wanted: list[dict[str, Any]]) -> None:
        """One run of hf_snapshot, as a process of its own."""
        result = run({"python": self.python, "endpoint": self.server.url, "snapshots": wanted})
        assert not result.get("failed"), result

    def hub_client(self, wanted: list[dict[str, Any]], *, sync: bool = False) -> None:
        """One process of the Hub's own client; its 8 workers and no Xet, as behind a mirror."""
        environment = {**os.environ, "HF_ENDPOINT": self.server.url, "HF_HUB_DISABLE_XET": "1"}
        environment.update(HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HOME=str(self.target.parent / "hf-home"))
        jobs = json.dumps([[entry["repo_id"], entry["revision"], entry["local_dir"]] for entry in wanted])
        subprocess.run([self.client, "-c", _CLIENT, jobs], env=environment, check=True)
        if sync:
            subprocess.run(["sync", *map(str, self.target.rglob("model.safetensors"))], check=True)

    def clean(self) -> None:
        """Remove what was fetched, and let the disk finish."""
        shutil.rmtree(self.target, ignore_errors=True)
        os.sync()

    def rounds(
        self, wanted: list[dict[str, Any]], ways: dict[str, Callable[[list[dict[str, Any]]], None]], rounds: int
    ) -> dict[str, float]:
        """Median seconds of each way."""
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _round in range(rounds):
            for name, way in ways.items():
                self.clean()
                began = time.monotonic()
                way(wanted)
                seconds[name].append(time.monotonic() - began)
        self.clean()
        return {name: statistics.median(times) for name, times in seconds.items()}


def peak_memory(bench: Bench, wanted: list[dict[str, Any]]) -> int:
    """Most resident memory of a run of ours, KiB, as /proc of the running process says it."""
    process = start({"python": bench.python, "endpoint": bench.server.url, "snapshots": wanted})
    peak = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
        time.sleep(0.05)
    process.communicate()
    return peak


def nothing_to_do(wanted: list[dict[str, Any]], folder: Path, rounds: int) -> tuple[float, float, int]:
    """Medians of a play with the module and of one with a ping; and the commands that the module's task starts.

    The endpoint does not exist and neither do the tools: any request would fail.
    """
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")}
    (folder / "wanted.json").write_text(json.dumps({"wanted": wanted}))
    (folder / "play.yml").write_text(_PLAY)
    (folder / "ping.yml").write_text("- hosts: all\n  gather_facts: false\n  tasks: [ansible.builtin.ping: {}]\n")
    base = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
    base += ["-e", f"@{folder / 'wanted.json'}", "-e", f"ansible_python_interpreter={sys.executable}"]
    seconds: dict[str, list[float]] = {"play.yml": [], "ping.yml": []}
    commands = 0
    for _round in range(rounds):
        for book, times in seconds.items():
            began = time.monotonic()
            done = subprocess.run(
                [*base, "-vvv", str(folder / book)],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            times.append(time.monotonic() - began)
            assert "changed=0" in done.stdout, done.stdout[-2000:]
            if book == "play.yml":
                commands = done.stdout.count("> EXEC ")
    return statistics.median(seconds["play.yml"]), statistics.median(seconds["ping.yml"]), commands


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=4096, help="MiB of the large file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lab", type=Path)
    parser.add_argument(
        "--client", default="", help="Python with the client to compare with (default: the tool environment)"
    )
    given = parser.parse_args()
    python = tools_python()
    folder = given.lab or Path(tempfile.mkdtemp(prefix="hub-bench-"))
    size = given.size * MIB
    repository(folder / "data", "acme/large", {"model.safetensors": size})
    for number in range(REPOS):
        repository(folder / "data", f"acme/small-{number}", {f"part/{index}.json": 2000 for index in range(FILES)})
    with HubServer(folder / "data") as server:
        bench = Bench(python, tools_python(given.client), folder, server)
        asked = [bench.client, "-c", "import huggingface_hub; print(huggingface_hub.__version__)"]
        version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

        def entry(name: str) -> dict[str, Any]:
            commit = server.commit("model", name)
            return {"repo_id": name, "revision": commit, "local_dir": str(bench.target / name)}

        large = [entry("acme/large")]
        ways: dict[str, Callable[[list[dict[str, Any]]], None]] = {
            "curl": lambda wanted: bench.curl(wanted, sync=False),
            "curl, then sync": lambda wanted: bench.curl(wanted, sync=True),
            "hf_snapshot (sha256, fsync)": bench.ours,
            f"huggingface_hub {version}": bench.hub_client,
            f"huggingface_hub {version}, then sync": lambda wanted: bench.hub_client(wanted, sync=True),
        }
        medians = bench.rounds(large, ways, given.rounds)
        rows = [
            [name, f"{seconds:.2f}", f"{size / seconds / 1e6:.0f}"]
            + [f"{medians[base] / seconds:.2f}" for base in ("curl", "curl, then sync")]
            for name, seconds in medians.items()
        ]
        print(f"One file of {given.size} MiB, medians of {given.rounds} rounds:\n")
        print(table(["", "s", "MB/s", "of curl", "of curl, then sync"], rows))
        print(f"\nPeak resident memory of hf_snapshot: {peak_memory(bench, large) / 1024:.0f} MiB\n", flush=True)
        bench.clean()
        many = [entry(f"acme/small-{number}") for number in range(REPOS)]
        ways = {"hf_snapshot, one call": bench.ours, f"huggingface_hub {version}, one process": bench.hub_client}
        medians = bench.rounds(many, ways, max(1, given.rounds // 2))
        print(f"{REPOS} repositories with {REPOS * FILES} small files:\n")
        print(table(["", "s"], [[name, f"{seconds:.2f}"] for name, seconds in medians.items()]), flush=True)
        bench.ours(many)
        module, ping, commands = nothing_to_do(many, folder, given.rounds)
        print(f"\nNothing to do for them: {module:.2f} s with {commands} remote execution; a ping: {ping:.2f} s")
        bench.clean()
    if not given.lab:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
