# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals: each with a message that a stranger can act on, and with what was active left exactly as it was."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.index import Fault
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.waiting import PATIENCE

from .conftest import Site, descendants, kill

OTHER_TORCH = {"version": "2.5.1", "cuda": "cu124", "index_url": "default"}


def offer_torch(site: Site) -> None:
    """Two versions of something called torch, and a package that wants the one that the spec does not."""
    wheels = site.index.folder / "wheels"
    for version in ("2.5.1", "2.6.0"):
        wheel(wheels, "torch", version)
    wheel(wheels, "needs-new-torch", "1.0", requires=["torch==2.6.0"])


def silence(site: Site) -> None:
    site.index.faults.append(Fault("/simple/", status=503))


def nothing(_site: Site) -> None:
    pass


Refusal = tuple[str, Callable[[Site], None], dict[str, Any], list[str]]

# Refused before an installer is chosen, so one of them is enough.
EARLY: list[Refusal] = [
    ("unpinned", nothing, {"packages": ["single"]}, ["single", "single==<version>"]),
    (
        "half-open range",
        nothing,
        {"packages": ["single>=1"]},
        ['single>=1" has no upper bound', 'packages: ["single==1"]'],
    ),
    (
        "no such interpreter",
        nothing,
        {"python": "3.99"},
        ["no Python 3.99", "model_env_interpreters: {'3.99': /path/to/python}"],
    ),
    (
        "a branch",
        nothing,
        {"git_packages": [{"name": "clip", "url": "https://host/clip.git", "tag": "main"}]},
        ["branch", "commit:"],
    ),
    (
        "a build that nobody carries",
        nothing,
        {"torch": {"version": "2.5.1", "cuda": "cu999"}},
        ["cu999", "cuda_torch_index_urls"],
    ),
    ("a slip of the pen", nothing, {"pakages": []}, ["pakages", "packages"]),
]
BY_INSTALLER: list[Refusal] = [
    (
        "another torch",
        offer_torch,
        {"torch": OTHER_TORCH, "packages": ["needs-new-torch==1.0"]},
        ["torch==2.5.1", "torch==2.6.0", "needs-new-torch"],
    ),
    ("no such version", nothing, {"packages": ["single==9.9"]}, ["single==9.9"]),
    ("silent index", silence, {"packages": ["left-part==1.0"]}, ["127.0.0.1", "503"]),
]


def state(site: Site) -> list[str]:
    """Everything that users of the environments could notice."""
    root = site.root()
    kept = [str(p.relative_to(root)) for p in sorted(root.glob("releases/**/*")) if "__pycache__" not in p.parts]
    return [*kept, *(f"{link.name} -> {os.readlink(link)}" for link in sorted(root.glob("envs/*")))]


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_refused_early(site: Site) -> None:
    refused_and_nothing_changed(site, EARLY)


def test_refused_by_the_installer(site: Site) -> None:
    refused_and_nothing_changed(site, BY_INSTALLER)


def refused_and_nothing_changed(site: Site, refusals: list[Refusal]) -> None:
    """One after the other, beside one environment that is active."""
    good = {**site.spec("single==1.0"), "description": "what is active"}
    site.specs = {"demo": good}
    site.converged()
    before = state(site)
    for name, plant, fields, words in refusals:
        plant(site)
        site.specs = {"demo": {**good, **fields}}
        run = site.provision()
        assert run.rc != 0, name
        for word in words:
            assert word in run.output, (name, run.output)
        assert "What to do:" in run.output, (name, run.output)
        assert "Traceback" not in run.output, name
        assert state(site) == before, name
        assert site.litter() == [], name


def test_every_offence_of_every_host_is_named_before_any_connection(site: Site) -> None:
    site.hosts = ("n1", "n2")
    site.specs = {"one": site.spec("single"), "two": {**site.spec("left-part>=1"), "pyton": "3"}}
    run = site.provision()
    assert run.rc != 0
    for word in ("single==<version>", "left-part>=1", "pyton", "one", "two"):
        assert word in run.output
    assert run.executions == {"n1": 0, "n2": 0}


def test_a_second_run_at_once_is_refused_and_told_who_holds(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0")}
    site.index.faults.append(Fault("/simple/single", hang=PATIENCE))
    first = site.start()
    try:
        lock = site.root() / "lock"
        while not lock.exists():
            assert first.poll() is None, first.communicate()[0]
        second = site.provision()
    finally:
        kill(descendants(first.pid) + descendants(site.builder()))
        first.communicate()
    assert second.rc != 0
    assert "is locked: building demo by" in second.output
    assert "model_env_lock_wait" in second.output or "lock_wait" in second.output


@pytest.fixture
def small_volume(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 24 MiB."""
    path = tmp_path / "small"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(path)], check=False)
    if done.returncode != 0:
        pytest.skip("this user may not mount; the molecule scenario `model_env` runs it as well")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_no_space_left(site: Site, small_volume: Path) -> None:
    wheel(site.index.folder / "wheels", "large", "1.0", size=40 << 20)
    site.volume = small_volume
    site.specs = {"demo": site.spec("single==1.0")}
    site.converged()
    before = state(site)
    site.specs = {"demo": site.spec("single==1.0", "large==1.0")}
    run = site.provision()
    assert run.rc != 0
    assert "full" in run.output or "No space left" in run.output
    assert "free space" in run.output
    assert state(site) == before
    assert site.litter() == []


def test_less_free_space_than_asked_for_is_said_before_the_first_download(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0")}
    run = site.provision(model_env_minimum_free=1 << 60)
    assert run.rc != 0
    assert "model_env_minimum_free" in run.output
    assert site.index.requests == []
