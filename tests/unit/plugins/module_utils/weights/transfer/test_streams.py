# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers from a server of this machine, with its faults."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.below import open_folder
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer import streams
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    Job,
    TransferOptions,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.streams import Transfer
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

MIB = 1 << 20
SIZES = {"big.bin": 3 * MIB + 77, "other.bin": MIB + 5, "last.bin": MIB + 1}


@dataclass
class Site:
    """The server, and where files go."""

    server: HubServer
    folder: Path
    digests: dict[str, str]

    def jobs(self, *names: str, replaces: bool = False) -> list[Job]:
        """Jobs for files of the repository."""
        commit = self.server.commit("model", "acme/demo")
        folder = open_folder(str(self.folder), Owners())
        partials = open_folder(str(self.folder / "partials"), Owners(), make=True)
        found = []
        for name in names or SIZES:
            file = hub_file(name, SIZES[name], f"sha256:{self.digests[name]}")
            url = f"{self.server.url}/acme/demo/resolve/{commit}/{name}"
            found.append(Job(0, f"acme/demo: {name}", file, url, folder, partials, replaces))
        return found

    def run(self, jobs: list[Job], tick: Any = lambda: None, **more: Any) -> tuple[TransferResult, list[str]]:
        """The result, and the files that got their names, in order."""
        named: list[str] = []
        policy = RetryPolicy(retries=3, delay=0.01)
        options = TransferOptions(self.server.url, {}, "test", Trust(), workers=4, policy=policy)
        transfer = Transfer(jobs, replace(options, **more), lambda job, _mtime: named.append(job.file.path))
        return transfer.run(tick), named

    def right(self, name: str) -> bool:
        """Whether a file has its name and its content."""
        path = self.folder / name
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.digests[name]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubServer, dict[str, str]]]:
    data = tmp_path_factory.mktemp("hub")
    demo = data / "models" / "acme" / "demo" / "v1"
    digests = {name: make_file(demo / name, size, name) for name, size in SIZES.items()}
    with HubServer(data) as server:
        yield server, digests


@pytest.fixture
def site(running: tuple[HubServer, dict[str, str]], tmp_path: Path) -> Site:
    server, digests = running
    server.reset()
    server.faults()
    return Site(server, tmp_path, digests)


def test_every_file_comes_whole_and_once(site: Site) -> None:
    result, named = site.run(site.jobs())
    assert all(site.right(name) for name in SIZES)
    assert sorted(named) == sorted(SIZES)
    assert (result.received, result.refetched, result.errors) == (sum(SIZES.values()), 0, [])
    assert list((site.folder / "partials").iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "counted"),
    [
        ({"where": "cdn", "kind": "drop", "at": 500_000}, "the connection was closed before the end"),
        ({"where": "cdn", "kind": "status", "status": 503}, "HTTP 503"),
        ({"where": "cdn", "kind": "expire"}, "the redirect's address is not valid any more (HTTP 403)"),
        ({"where": "cdn", "kind": "ignore_range", "after": 1, "count": 0}, ""),
        ({"where": "cdn", "kind": "corrupt", "at": 5}, "wrong content"),
    ],
)
def test_faults_that_pass_heal(site: Site, fault: dict[str, Any], counted: str) -> None:
    site.server.faults({"path": "big.bin", **fault})
    result, _named = site.run(site.jobs())
    assert all(site.right(name) for name in SIZES)
    assert result.errors == []
    assert not counted or result.faults[counted] >= 1


def test_one_file_that_cannot_be_had_keeps_no_other(site: Site) -> None:
    site.server.faults({"where": "cdn", "kind": "status", "status": 500, "path": "other.bin", "count": 0})
    result, named = site.run(site.jobs())
    assert sorted(named) == ["big.bin", "last.bin"]
    (error,) = result.errors
    assert (error.where, error.kind) == ("acme/demo: other.bin", "network")
    assert not (site.folder / "other.bin").exists()


def test_content_that_is_wrong_twice_gets_no_name(site: Site) -> None:
    site.server.faults({"where": "cdn", "kind": "corrupt", "at": 5, "path": "last.bin", "count": 0})
    result, named = site.run(site.jobs("last.bin"))
    assert ([error.kind for error in result.errors], named) == (["corrupt"], [])
    assert not (site.folder / "last.bin").exists()


def test_what_ends_a_transfer_is_raised_and_what_came_is_kept(site: Site) -> None:
    site.server.faults({"where": "cdn", "kind": "stall", "at": 2_000_000, "seconds": 60, "path": "big.bin"})

    def stop() -> None:
        raise ModelEnvError("the run was told to stop", kind="stopped")

    with pytest.raises(ModelEnvError) as caught:
        site.run(site.jobs("big.bin"), stop, workers=1, stall_timeout=30.0)
    assert caught.value.kind == "stopped"
    site.server.faults()
    site.server.reset()
    result, named = site.run(site.jobs("big.bin"))
    assert named == ["big.bin"] and site.right("big.bin")
    assert result.received == site.server.stats()["sent"]["big.bin"]


def test_a_limit_for_all_is_kept(site: Site) -> None:
    site.server.faults({"where": "cdn", "kind": "stall", "at": 100, "seconds": 60, "path": "big.bin", "count": 0})
    with pytest.raises(ModelEnvError, match="the limit for the whole run") as caught:
        site.run(site.jobs("big.bin"), total_timeout=0.5, until=time.monotonic() + 0.5, stall_timeout=60.0)
    assert caught.value.kind == "timeout"


def test_no_file_is_begun_while_the_hub_rests(site: Site) -> None:
    site.server.faults({"where": "hub", "kind": "status", "status": 429, "headers": {"Retry-After": "600"}, "count": 0})
    begun: list[int] = []

    def look() -> None:
        begun.append(len(list((site.folder / "partials").glob("*.part"))))
        if site.server.stats()["requests"]:
            raise ModelEnvError("enough was seen", kind="stopped")

    with pytest.raises(ModelEnvError, match="enough was seen"):
        site.run(site.jobs(), look, workers=1)
    assert max(begun) == 1


def test_files_that_fail_are_closed_and_others_get_their_place(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_MOST_OPEN", 1)
    site.server.faults({"where": "cdn", "kind": "status", "status": 503, "path": "*.bin", "count": 0})
    jobs = site.jobs()  # with two folders open
    before = len(os.listdir("/proc/self/fd"))
    result, named = site.run(jobs)
    assert (len(result.errors), named) == (3, [])
    assert len(os.listdir("/proc/self/fd")) == before
    site.server.faults()
    _result, named = site.run(site.jobs())
    assert sorted(named) == sorted(SIZES)


@pytest.mark.parametrize("broken", [True, False])
def test_files_of_another_commit_stay_until_all_of_theirs_are_verified(site: Site, broken: bool) -> None:
    for name in SIZES:
        (site.folder / name).write_text("of another commit")
    if broken:
        site.server.faults({"where": "cdn", "kind": "status", "status": 500, "path": "last.bin", "count": 0})
    result, named = site.run(site.jobs(replaces=True))
    assert bool(result.errors) is broken
    assert sorted(named) == ([] if broken else sorted(SIZES))
    assert all(site.right(name) is not broken for name in SIZES)
