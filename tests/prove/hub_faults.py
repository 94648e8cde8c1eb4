# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault that a transfer must bear: what was injected, what the run did, what was fetched twice, what it said.

    python tests/prove/hub_faults.py [--python PYTHON_WITH_HUGGINGFACE_HUB] [--lab FOLDER]

Ends with status 1 if a run did not do what its row says. Needs root for the row of the full disk (a small tmpfs).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove.hub_lab import (
    MIB,
    HubServer,
    finish,
    leftovers,
    mib,
    repository,
    run,
    same,
    start,
    table,
    tools_python,
)

_FILES = {"big.safetensors": 96 * MIB, "mid.bin": 3 * MIB, "config.json": 700, "sub/tokenizer.json": 90_000}
_ALWAYS = 0


def cdn(kind: str, count: int = 1, **more: Any) -> dict[str, Any]:
    """A fault of the CDN on the large file."""
    return {"where": "cdn", "kind": kind, "count": count, "path": "big*", **more}


def hub(kind: str, count: int = 1, **more: Any) -> dict[str, Any]:
    """A fault of the Hub's resolver on the large file."""
    return {"where": "hub", "kind": kind, "count": count, "path": "big*", **more}


_RETRY_AFTER: dict[str, Any] = {"status": 429, "headers": {"Retry-After": "1"}}
_RATE_LIMIT: dict[str, Any] = {"status": 429, "headers": {"RateLimit": '"resolvers";r=0;t=1'}}
# What is injected, the faults, settings, and the kind of error that must come ("": it must heal).
CASES: list[tuple[str, list[dict[str, Any]], dict[str, Any], str]] = [
    ("nothing", [], {}, ""),
    ("connection dropped once, 10 MiB into the file", [cdn("drop", at=10 * MIB + 700_001)], {}, ""),
    ("dropped six times", [cdn("drop", at=at * MIB + 300_007) for at in (5, 20, 40, 70, 71, 95)], {}, ""),
    ("dropped at the same byte, for ever", [cdn("drop", _ALWAYS, at=70 * MIB)], {"retries": 3}, "network"),
    ("stall: no byte for 20 s", [cdn("stall", at=30 * MIB + 999_999, seconds=20)], {"stall_timeout": 1}, ""),
    ("429 of the resolver with Retry-After: 1", [hub("status", 2, **_RETRY_AFTER)], {}, ""),
    ("429 of the resolver with RateLimit: r=0;t=1", [hub("status", **_RATE_LIMIT)], {}, ""),
    ("429 of the API with Retry-After: 1", [{"where": "api", "kind": "status", **_RETRY_AFTER}], {}, ""),
    ("429: wait two hours", [hub("status", 0, status=429, headers={"Retry-After": "7200"})], {}, "rate_limited"),
    ("500, 502, 503 of the CDN", [cdn("status", status=status) for status in (500, 502, 503)], {}, ""),
    ("503 of the API, twice", [{"where": "api", "kind": "status", "status": 503, "count": 2}], {}, ""),
    ("503 for ever", [cdn("status", _ALWAYS, status=503)], {"retries": 3}, "network"),
    ("redirect's signature expires midway", [cdn("drop", at=20 * MIB + 12_345), cdn("expire", after=2)], {}, ""),
    ("server ignores Range, always", [cdn("ignore_range", _ALWAYS)], {}, ""),
    ("ignores Range and drops at 60 MiB", [cdn("ignore_range", _ALWAYS), cdn("drop", at=60 * MIB)], {}, ""),
    ("other content under the same name, once", [hub("changed")], {}, ""),
    ("other content under the same name, for ever", [hub("changed", _ALWAYS)], {}, "changed"),
    ("corrupt byte, right size, once", [cdn("corrupt", at=50 * MIB)], {}, ""),
    ("corrupt byte, right size, for ever", [cdn("corrupt", _ALWAYS, at=50 * MIB)], {}, "corrupt"),
    ("the file is denied (403)", [hub("status", _ALWAYS, status=403)], {}, "denied"),
    ("the file is gone (404)", [hub("status", _ALWAYS, status=404)], {}, "missing"),
    ("limit for the whole run passes", [cdn("slow", _ALWAYS, rate=4 * MIB)], {"timeout": 2}, "timeout"),
]


class Lab:
    """The server, a repository, and one fresh folder per row."""

    def __init__(self, python: str, folder: Path, server: HubServer) -> None:
        self.python, self.folder, self.server = python, folder, server
        self.source = repository(folder / "data", "acme/faulty", _FILES)
        self.commit = server.commit("model", "acme/faulty")
        self.rows: list[list[Any]] = []
        self.bad = 0

    def job(self, target: Path, **settings: Any) -> dict[str, Any]:
        """A run that puts the repository into ``target``."""
        retries = settings.pop("retries", 8)
        return {
            "python": self.python,
            "endpoint": settings.pop("endpoint", self.server.url),
            "snapshots": [{"repo_id": "acme/faulty", "revision": self.commit, "local_dir": str(target)}],
            "policy": {"retries": retries, "delay": 0.1},
            "settings": {"lock_wait": 60.0, **settings},
        }

    def target(self) -> Path:
        """A fresh folder."""
        target = self.folder / "target"
        shutil.rmtree(target, ignore_errors=True)
        self.server.reset()
        return target

    def row(self, what: str, result: dict[str, Any], target: Path, expected: str, *, before: bool = False) -> None:
        """Judge a run and add its row.

        :param expected: kind of the error that must come; "" if the run must end complete.
        :param before: the error must come before the first byte.
        """
        error = result.get("error", {})
        kind = error.get("kind", "")
        sent = self.server.stats()["sent_total"]
        whole = same(self.source, target)
        clean = not leftovers(target)
        good = kind == expected and (whole and clean if not expected else not (target / "big.safetensors").exists())
        if before:
            good = good and sent == 0
        elif expected in ("corrupt", "changed", "network", "denied", "missing", "rate_limited"):
            good = good and (target / "mid.bin").exists()  # what could be had is there
        healed = ", ".join(f"{count} x {name}" for name, count in result.get("faults", {}).items())
        did = f"complete ({healed or 'no fault seen'})" if not kind else f"error {kind}"
        twice = max(0, sent - sum(_FILES.values())) if not expected else "-"
        says = error.get("what", "")[:150]
        self.rows.append([what, did, twice if twice == "-" else mib(float(twice)), says, "yes" if good else "NO"])
        self.bad += not good
        print(
            f"{'ok ' if good else 'BAD'} {what}: {did} {says} {leftovers(target) if not expected else ''}", flush=True
        )


def continues(lab: Lab) -> None:
    """After an error for ever, the next run fetches only what is missing."""
    target = lab.target()
    lab.server.faults(cdn("drop", _ALWAYS, at=70 * MIB))
    first = run(lab.job(target, retries=2))
    lab.server.faults()
    assert first["failed"]
    lab.row("the run after that one, without the fault", run(lab.job(target)), target, "")


def reboot(lab: Lab) -> None:
    """SIGKILL, then a journal of another boot and one damaged block: as after a crash of the machine."""
    target = lab.target()
    lab.server.faults(cdn("slow", _ALWAYS, rate=12 * MIB))
    process = start(lab.job(target))
    time.sleep(2.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    lab.server.faults()
    journal = next((target / ".model_env").rglob("*.journal"))
    lines = []
    for text in journal.read_bytes().split(b"\n")[:-1]:
        body = text.rpartition(b" ")[0]
        if body.startswith(b"B "):
            body = b"B another-boot"
        lines.append(body + b" %08x\n" % zlib.crc32(body))
    journal.write_bytes(b"".join(lines))
    with open(journal.with_suffix(".part"), "r+b") as part:
        part.seek(MIB // 2)
        part.write(b"\x00" * 512)
    lab.row("crash of the machine, one written block lost", run(lab.job(target)), target, "")


def two_runs(lab: Lab) -> None:
    """Two runs at once on one folder: one fetches, the other waits and finds nothing to do."""
    target = lab.target()
    lab.server.faults(cdn("slow", _ALWAYS, rate=40 * MIB))
    processes = [start(lab.job(target)) for _number in range(2)]
    results = [finish(process) for process in processes]
    lab.server.faults()
    both = {"faults": {f"changed={r['changed']}": 1 for r in results}}
    lab.row("two runs at once on one folder", both, target, "")
    assert sorted(r["changed"] for r in results) == [False, True], results
    target = lab.target()
    lab.server.faults(cdn("slow", _ALWAYS, rate=20 * MIB))
    first = start(lab.job(target))
    time.sleep(1.5)
    second = run(lab.job(target, lock_wait=0))
    first.kill()
    first.wait()
    lab.server.faults()
    lab.row("two runs, the second does not wait", second, target, "locked")
    lab.row("the holder was killed: the next run takes over at once", run(lab.job(target, lock_wait=0)), target, "")


def no_room(lab: Lab) -> None:
    """A filesystem that is too small, and one that fills up while the bytes come."""
    with tempfile.TemporaryDirectory(prefix="hub-full-") as mount:
        if (
            os.geteuid() != 0
            or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "x", mount], check=False).returncode
        ):
            print("skipped: a tmpfs cannot be mounted")
            return
        try:
            target = Path(mount) / "target"
            lab.server.reset()
            lab.row("the filesystem is too small", run(lab.job(target)), target, "no_space")
            assert lab.server.stats()["sent_total"] == 0
            subprocess.run(["mount", "-o", "remount,size=150m", mount], check=True)
            lab.server.faults(cdn("slow", _ALWAYS, rate=10 * MIB))
            process = start(lab.job(target))
            time.sleep(1.5)
            (Path(mount) / "filler").write_bytes(b"\x00" * (100 * MIB))
            lab.row("the disk fills up midway", finish(process), target, "no_space")
            lab.server.faults()
            (Path(mount) / "filler").unlink()
            lab.row("the run after that one, with room", run(lab.job(target)), target, "")
        finally:
            subprocess.run(["umount", mount], check=True)


def refused_before(lab: Lab) -> None:
    """What is known before the first byte."""
    repository(lab.folder / "data", "acme/gated", {"w.bin": MIB}, gated=True, tokens=["good-token"])
    lab.server.reset()
    gated = lab.server.commit("model", "acme/gated")
    for what, name, revision, token, expected in (
        ("no such repository", "acme/none", "0" * 40, "", "denied"),
        ("no such commit", "acme/faulty", "0" * 40, "", "missing"),
        ("gated, without a token", "acme/gated", gated, "", "denied"),
        ("gated, with a wrong token", "acme/gated", gated, "wrong-token", "denied"),
    ):
        target = lab.target()
        job = lab.job(target)
        job["snapshots"][0].update(repo_id=name, revision=revision)
        lab.row(what, run({**job, "token": token}), target, expected, before=True)
    target = lab.target()
    down = run(lab.job(target, endpoint="http://127.0.0.1:9", retries=1))
    lab.row("nobody listens at the endpoint", down, target, "network", before=True)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default="", help="with huggingface_hub; default: the role's tool environment")
    parser.add_argument("--lab", type=Path)
    parser.add_argument("--only", default="", help="regular expression over the rows")
    given = parser.parse_args()
    python = tools_python(given.python)
    folder = given.lab or Path(tempfile.mkdtemp(prefix="hub-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    repository(folder / "data", "acme/faulty", _FILES)
    with HubServer(folder / "data", sndbuf=64 << 10) as server:
        lab = Lab(python, folder, server)
        for what, faults, settings, expected in CASES:
            if re.search(given.only, what):
                target = lab.target()
                server.faults(*faults)
                lab.row(what, run(lab.job(target, **settings)), target, expected)
                server.faults()
        more: list[Callable[[Lab], None]] = [continues, reboot, two_runs, no_room, refused_before]
        for group in more:
            if re.search(given.only, group.__name__):
                group(lab)
    print(table(["injected", "the run", "MiB fetched twice", "what it said", "as promised"], lab.rows))
    shutil.rmtree(folder / "target", ignore_errors=True)
    if not given.lab:
        shutil.rmtree(folder)
    return 1 if lab.bad else 0


if __name__ == "__main__":
    sys.exit(main())
