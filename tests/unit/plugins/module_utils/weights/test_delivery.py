# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a plan come to their folders."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights.delivery import Delivery
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder
from ansible_collections.portable.model_env.plugins.module_utils.weights.holds import FolderHolds
from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Listing
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import plan_files
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.jobs import (
    TransferOptions,
    TransferResult,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import Work, parse_request
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

SIZES = {"a.bin": (1 << 20) + 5, "sub/b.bin": (1 << 20) + 7}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    data = tmp_path_factory.mktemp("hub")
    for name, size in SIZES.items():
        make_file(data / "models" / "acme" / "demo" / "v1" / name, size, name)
    with HubServer(data) as running:
        yield running


def digest(tmp_path: Path, name: str) -> str:
    return make_file(tmp_path / "same" / name, SIZES[name], name)


@pytest.fixture
def work(server: HubServer, tmp_path: Path) -> Work:
    """A repository of which nothing is there."""
    server.reset()
    server.faults()
    commit = server.commit("model", "acme/demo")
    tree = [hub_file(name, size, f"sha256:{digest(tmp_path, name)}") for name, size in SIZES.items()]
    options = {"repo_id": "acme/demo", "revision": commit, "local_dir": str(tmp_path / "target")}
    found = Work(parse_request(options, absent=False), None, "", commit, tree)
    found.listing = Listing(Commit(commit), tree, f"{server.url}/acme/demo/resolve/{commit}/\x00path\x00")
    plan(found)
    return found


def folder(work: Work) -> TargetFolder:
    return TargetFolder(work.request.local_dir, work.request.repo_type, work.request.repo_id)


def plan(work: Work) -> None:
    held = work.manifest.files if work.manifest else {}
    seen = folder(work).look([*SIZES, *held])
    work.actions = plan_files(work.tree, held, seen, full=False)


def deliver(server: HubServer, work: Work, status: str = "", **more: Any) -> TransferResult:
    policy = RetryPolicy(retries=1, delay=0.01)
    options = TransferOptions(server.url, {}, "test", Trust(), workers=2, policy=policy, **more)
    with FolderHolds(0.0, StatusFile(""), False) as holds:
        holds.take([folder(work)])
        return Delivery([work], [folder(work)], options, StatusFile(status), holds).run()


def test_files_and_manifest_say_the_same(server: HubServer, work: Work, tmp_path: Path) -> None:
    result = deliver(server, work, str(tmp_path / "status"))
    manifest = folder(work).read_manifest()
    assert manifest is not None
    assert result.received == sum(SIZES.values())
    for file in work.tree:
        path = tmp_path / "target" / file.path
        assert f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" == file.digest
        assert (manifest.files[file.path].digest, manifest.files[file.path].mtime_ns) == (
            file.digest,
            path.stat().st_mtime_ns,
        )
    assert '"done": 2097164' in (tmp_path / "status").read_text()
    plan(work)
    assert [action.action for action in work.actions] == ["keep", "keep"]


def test_what_came_before_an_error_is_recorded(server: HubServer, work: Work) -> None:
    server.faults({"where": "cdn", "kind": "status", "status": 500, "path": "a.bin", "count": 0})
    with pytest.raises(ModelEnvError) as caught:
        deliver(server, work)
    assert (caught.value.kind, caught.value.where) == ("network", "acme/demo: a.bin")
    manifest = folder(work).read_manifest()
    assert manifest is not None and list(manifest.files) == ["sub/b.bin"]


def test_a_run_whose_hold_is_lost_ends_and_keeps_what_came(
    server: HubServer, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ansible_collections.portable.model_env.plugins.module_utils.weights.delivery._HOLD_LOOK_SECONDS", -1.0
    )
    server.faults({"where": "cdn", "kind": "stall", "at": 500_000, "seconds": 60, "path": "a.bin"})
    options = TransferOptions(server.url, {}, "test", Trust(), workers=2, policy=RetryPolicy(retries=1, delay=0.01))
    with FolderHolds(0.0, StatusFile(""), False) as holds:
        holds.take([folder(work)])
        os.unlink(folder(work).hold_path)
        with pytest.raises(ModelEnvError) as caught:
            Delivery([work], [folder(work)], options, StatusFile(""), holds).run()
        assert caught.value.kind == "lost"
        assert folder(work).read_manifest() is not None


def test_what_is_not_wanted_any_more_goes_when_all_is_there(server: HubServer, work: Work, tmp_path: Path) -> None:
    deliver(server, work)
    work.tree = work.tree[:1]
    plan(work)
    deliver(server, work)
    assert sorted(path.name for path in (tmp_path / "target").iterdir()) == [".model_env", "a.bin"]
    manifest = folder(work).read_manifest()
    assert manifest is not None and list(manifest.files) == ["a.bin"]


def test_a_work_that_nobody_asked_the_hub_for_is_a_mistake(server: HubServer, work: Work) -> None:
    work.listing = None
    with pytest.raises(ValueError, match="was not asked for"):
        deliver(server, work)
