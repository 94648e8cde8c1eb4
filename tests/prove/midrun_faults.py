# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill, cut and starve real provisioning runs, and look what survives.

    make prove-faults [ROWS=installer,container,classes] [ARGS="--kills 100 --seed 1 --write"]

Both installers at the same time, each on nodes of its own: folders of this machine, and a container for what kills a
whole node. The index hands out its files slowly and one package takes its time to build, so that a random moment is a
moment in which something happens. What was measured stays in .build/faults, and a run goes on where one of the same
seed ended; ``--fresh`` forgets it, ``--write`` puts the tables into docs/faults.md. Ends with status 1 if an active
environment broke, a run did not converge, or anything was left over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove.midrun_classes import (
    DISTURBANCES,
    TAMPERINGS,
    Result,
    another_run,
    endure,
    tampered,
)
from ansible_collections.portable.model_env.tests.prove.midrun_grounds import (
    FolderGrounds,
    container_grounds,
    folder_grounds,
)
from ansible_collections.portable.model_env.tests.prove.midrun_kills import VICTIMS, Tally, campaign
from ansible_collections.portable.model_env.tests.support.documents import fill, table
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT, make_tools

DOCUMENT = CHECKOUT / "docs" / "faults.md"
RESULTS = CHECKOUT / ".build" / "faults"
INSTALLERS = ("pip", "uv")
CLASSES = "classes"
# Of 100 kills; a container takes longest, because its restart makes its lock wait for its end.
SHARES = {"installer": 26, "module": 26, "ansible-playbook": 18, "all processes": 18, "container": 12}
_VOLUME = "48m"


def kills(installer: str, victim: str, wanted: int, seed: int, tools: Path) -> None:
    """All kills of one kind with one installer, less those that an earlier run of the same seed has done."""
    path = RESULTS / f"{victim}-{installer}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    tally = Tally(**known["tally"]) if known.get("seed") == seed else Tally()
    if tally.kills >= wanted:
        return
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        ground = container_grounds(folder, installer) if victim == "container" else None
        place: Any = stack.enter_context(ground or folder_grounds(folder, tools, installer))
        for state in campaign(place, victim, wanted, f"{seed} {installer}", tally):
            path.write_text(json.dumps({"seed": seed, "tally": asdict(state)}, indent=1))


def classes(installer: str, tools: Path) -> None:
    """One run under each fault that has no result yet, on a volume of its own: a full disk is nobody else's."""
    path = RESULTS / f"{CLASSES}-{installer}.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    left = {title: call for title, call in _faults().items() if title not in found}
    if not left:
        return
    with (
        _folder() as folder,
        _volume(folder / "volume") as volume,
        folder_grounds(folder, tools, installer, volume) as place,
    ):
        for title, call in left.items():
            found[title] = asdict(call(place))
            path.write_text(json.dumps(found, indent=1))


def _faults() -> dict[str, Callable[[FolderGrounds], Result]]:
    return {
        **{d.title: partial(endure, disturbance=d) for d in DISTURBANCES},
        "another run at the same time, which does not wait": partial(another_run, patient=False),
        "another run at the same time, which waits": partial(another_run, patient=True),
        **{f"active release tampered with: {how}": partial(tampered, how=how) for how in TAMPERINGS},
    }


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100, help="of both installers together")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs measured")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/faults.md")
    given = parser.parse_args()
    rows = [row for row in os.environ.get("ROWS", "").split(",") if row] or [*VICTIMS, CLASSES]
    if given.fresh:
        shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    # The installers' own repetitions are not what is tried here.
    os.environ.update(PIP_RETRIES="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    print(f"seed {given.seed}", flush=True)
    with _folder() as folder, ThreadPoolExecutor(len(INSTALLERS)) as pool:
        tools = make_tools(folder / "tools", folder)

        def measure(installer: str) -> None:
            for row in rows:
                started = time.monotonic()
                if row == CLASSES:
                    classes(installer, tools)
                else:
                    kills(installer, row, round(SHARES[row] * given.kills / 100 / len(INSTALLERS)), given.seed, tools)
                print(f"{row}, {installer}: {time.monotonic() - started:.0f} s", flush=True)

        for done in [pool.submit(measure, installer) for installer in INSTALLERS]:
            done.result()
    tallies = {key: Tally(**_read(f"{key[0]}-{key[1]}")["tally"]) for key in _measured(VICTIMS)}
    results = {i: {t: Result(**r) for t, r in _read(f"{CLASSES}-{i}").items()} for _row, i in _measured((CLASSES,))}
    tables = {"kills": kill_table(tallies), "faults": fault_table(results)}
    print("\n\n".join(tables.values()))
    if given.write:
        fill(DOCUMENT, tables)
    bad = [f"{key}: {tally.notes or tally}" for key, tally in tallies.items() if not tally.good()]
    bad += [f"{i}, {t}: {r}" for i, found in results.items() for t, r in found.items() if not r.good()]
    print("\n".join(bad))
    return 1 if bad else 0


def kill_table(tallies: dict[tuple[str, str], Tally]) -> str:
    """Kills, survivors and litter as Markdown."""
    rows = [
        [victim, installer, t.kills, t.worked, t.converged, len(t.litter) or "nothing"]
        for (victim, installer), t in tallies.items()
    ]
    all_of = list(tallies.values())
    sums = [sum(getattr(t, key) for t in all_of) for key in ("kills", "worked", "converged")]
    rows.append(["all", "", *sums, sum(len(t.litter) for t in all_of) or "nothing"])
    head = ["killed", "installer", "kills", "active environment works", "next run converges", "left over"]
    return table(head, rows)


def fault_table(results: dict[str, dict[str, Result]]) -> str:
    """Faults by class as Markdown, both installers in a row."""
    rows = []
    for title in dict.fromkeys(title for found in results.values() for title in found):
        found = [results[installer][title] for installer in results if title in results[installer]]
        did = " / ".join(dict.fromkeys(result.did for result in found))
        counts = [f"{sum(getattr(r, key) for r in found)} of {len(found)}" for key in ("worked", "converged")]
        rows.append([title, did, *counts, sum(len(r.litter) for r in found) or "nothing"])
    head = ["fault", "the run", "active environment works", "next run converges", "left over"]
    return table(head, rows)


def _measured(rows: Any) -> list[tuple[str, str]]:
    return [(row, i) for row in rows for i in INSTALLERS if (RESULTS / f"{row}-{i}.json").exists()]


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="midrun-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _volume(path: Path) -> Iterator[Path]:
    """A small filesystem; needs root."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_VOLUME}", "none", str(path)], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


if __name__ == "__main__":
    sys.exit(main())
