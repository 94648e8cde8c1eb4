# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults around a provisioning run, one of each class: what the run must do, and that the next one mends everything."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.portable.model_env.tests.prove.midrun_grounds import FolderGrounds, until
from ansible_collections.portable.model_env.tests.support.index import Fault, Index

RECEIPT = "model_env-receipt.json"


@dataclass(frozen=True)
class Result:
    """What became of one fault.

    :ivar did: what the run did under the fault, in a few words.
    :ivar worked: whether the active environment worked after it.
    :ivar converged: whether the next run brought what was asked for, and the one after it changed nothing.
    :ivar litter: what lay about, after the fault and at the end.
    :ivar note: what went wrong.
    """

    did: str
    worked: bool
    converged: bool
    litter: list[str]
    note: str = ""

    def good(self) -> bool:
        """Whether all is as promised."""
        return self.worked and self.converged and not self.litter and not self.note


@dataclass(frozen=True)
class Disturbance:
    """One class of faults.

    :ivar title: for the table.
    :ivar faults: of the index, for the whole run.
    :ivar says: what the failing run must say; "": the run must succeed in spite of the fault.
    :ivar around: further trouble, as a context around the run.
    """

    title: str
    faults: tuple[Fault, ...] = ()
    says: str = ""
    around: Callable[[FolderGrounds], object] | None = None


def _answers(status: int, times: int = -1) -> tuple[Fault, ...]:
    return (Fault("/files/", status=status, times=times),)


@contextmanager
def _git_gone(place: FolderGrounds) -> Iterator[None]:
    """Nobody listens where the git server was; the server comes back afterwards."""
    port = place.git.port
    place.git.stop()
    try:
        yield
    finally:
        place.git = Index(place.stock.folder, port=port)
        place.git.start()


@contextmanager
def _disk_full(place: FolderGrounds) -> Iterator[None]:
    """The volume of the root has room for little more than a beginning."""
    ballast = place.root.parent / "ballast"
    usage = os.statvfs(place.root)
    with open(ballast, "wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, usage.f_bavail * usage.f_frsize - 300_000)
    try:
        yield
    finally:
        ballast.unlink()


DISTURBANCES = (
    Disturbance("index answers 500", _answers(500), "500"),
    Disturbance("index answers 500 to its pages", (Fault("/simple/", status=500),), "500"),
    Disturbance("index answers 500 once", _answers(500, 1)),
    Disturbance("index answers 429", _answers(429), "429"),
    Disturbance("index answers 429 once", _answers(429, 1)),
    Disturbance("truncated wheel", (Fault("/files/part", cut=5000),), "network"),
    Disturbance("truncated wheel, once", (Fault("/files/part", cut=5000, times=1),)),
    Disturbance("other bytes than the index's hash says", (Fault("/files/part", spoil=True),), "hash"),
    Disturbance("slow drip", (Fault("/files/", drip=0.25),)),
    Disturbance("silence", (Fault("/files/part", hang=30),), "network"),
    Disturbance("git server gone", (), "git", _git_gone),
    Disturbance("disk full", (), "full", _disk_full),
)


def endure(place: FolderGrounds, disturbance: Disturbance) -> Result:
    """One run under a fault, and one without it."""
    before = place.number
    place.want(before + 1)
    place.calm()
    place.index.faults = [Fault(**vars(fault)) for fault in disturbance.faults] + place.index.faults
    # The installers' own repetitions and ours: once each is enough to see them.
    settings = {"model_env_retries": 0 if disturbance.says else 2}
    if disturbance.around:
        with disturbance.around(place):  # type: ignore[attr-defined]
            status, output = place.run(**settings)
    else:
        status, output = place.run(**settings)
    note = ""
    if disturbance.says and (status == 0 or disturbance.says not in output or "What to do:" not in output):
        note = f"it should have failed and said {disturbance.says!r}: {output[-1500:]}"
    if not disturbance.says and status:
        note = f"it should have succeeded: {output[-1500:]}"
    return _after(place, before if disturbance.says else before + 1, "failed" if status else "converged", note)


def another_run(place: FolderGrounds, patient: bool) -> Result:
    """Two runs at once on one root: one is refused, or waits for the other."""
    before = place.number
    place.want(before + 1)
    place.calm()
    first = place.start()
    until(lambda: place.module() or first.poll() is not None)
    # Held, so that it is there for as long as the second one looks, however slow this machine is.
    held = [] if patient else place.module()
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        status, output = place.run(model_env_lock_wait=120 if patient else 0)
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)
    said, _none = first.communicate()
    note = "" if first.returncode == 0 else f"the first one failed: {said[-1500:]}"
    if patient and status:
        note += f"the second one failed: {output[-1500:]}"
    if not patient and (not status or "is locked" not in output):
        note += f"the second one was not refused: {output[-1500:]}"
    return _after(place, before + 1, "both converged" if patient else "one refused, one converged", note)


def tampered(place: FolderGrounds, how: str) -> Result:
    """The active release is changed by hand; the next run has the right one active again."""
    release = (place.root / "envs" / "demo").resolve()
    broken = _TAMPER[how](place, release)
    worked = place.works(place.number)
    seen: list[bool] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(place.works(place.number))

    # While it is being mended, what still works has to go on working.
    watch = threading.Thread(target=look)
    watch.start()
    output = place.converges()
    stop.set()
    watch.join()
    note = "" if worked != broken else f"tampering should have {'broken' if broken else 'spared'} it"
    if not broken and not all(seen):
        note += "it did not work all the time while it was being mended"
    return _after(place, place.number, "mended", note + output)


def _after(place: FolderGrounds, number: int, did: str, note: str) -> Result:
    worked = place.works(number)
    litter = place.leftovers()
    output = place.converges()
    again, said = place.run()
    litter += place.leftovers()
    if output or again or " changed=0 " not in said:
        note += f" then: {output[-1500:]} {said[-1500:]}"
    return Result(did, worked, not output and not again and " changed=0 " in said, litter, note)


def _site_packages(release: Path) -> Path:
    return next(release.glob("lib/python*/site-packages"))


def _package_removed(_place: FolderGrounds, release: Path) -> bool:
    for path in _site_packages(release).glob("part*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return True


def _package_swapped(place: FolderGrounds, release: Path) -> bool:
    """By pip, as a person would; the older one works, too, but is not what the spec says."""
    pip = next(place.site.tools.glob("*/bin/python"))
    command = [str(pip), "-I", "-m", "pip", "--python", str(release / "bin" / "python"), "install", "--no-deps"]
    command += ["--quiet", "--no-cache-dir", "--index-url", place.index.simple, "part==1.0"]
    subprocess.run(command, check=True, capture_output=True)
    return True


def _receipt_removed(_place: FolderGrounds, release: Path) -> bool:
    (release / RECEIPT).unlink()
    return False


def _receipt_spoiled(_place: FolderGrounds, release: Path) -> bool:
    (release / RECEIPT).write_text('{"format": 1, "na')
    return False


def _receipt_of_another(_place: FolderGrounds, release: Path) -> bool:
    receipt = json.loads((release / RECEIPT).read_text())
    (release / RECEIPT).write_text(json.dumps({**receipt, "spec_digest": "0" * 64}))
    return False


def _interpreter_removed(_place: FolderGrounds, release: Path) -> bool:
    (release / "bin" / "python").unlink()
    return True


def _link_astray(place: FolderGrounds, _release: Path) -> bool:
    link = place.root / "envs" / "demo"
    link.unlink()
    link.symlink_to("../releases/nowhere")
    return True


def _release_removed(_place: FolderGrounds, release: Path) -> bool:
    shutil.rmtree(release)
    return True


# What is done to the active release, and whether that breaks it.
_TAMPER: dict[str, Callable[[FolderGrounds, Path], bool]] = {
    "a package removed by hand": _package_removed,
    "a package replaced by hand": _package_swapped,
    "receipt removed": _receipt_removed,
    "receipt cut off": _receipt_spoiled,
    "receipt of another spec": _receipt_of_another,
    "interpreter removed": _interpreter_removed,
    "link leads nowhere": _link_astray,
    "release removed": _release_removed,
}
TAMPERINGS = tuple(_TAMPER)
