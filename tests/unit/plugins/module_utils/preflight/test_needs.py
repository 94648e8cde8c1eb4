# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DownloadSize, as a real index and a Hub tell them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.network.pages import PageReader
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.preflight import needs
from ansible_collections.portable.model_env.plugins.module_utils.preflight.index_pages import Platform
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.packages import wheel

TOKEN = "hf_never-to-be-seen"
TARGET = Platform("3.11", "x86_64")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(
        wheels, "big", "1.0", size=50_000, requires=["bigger==2.0", "loose>=1", 'windows==1; sys_platform == "win32"']
    )
    wheel(wheels, "bigger", "2.0", size=90_000)
    with Index(tmp_path).running() as server:
        server.sizes = True
        yield server


def count(texts: list[str], *urls: str) -> needs.DownloadSize:
    found = needs.DownloadSize()
    with ThreadPoolExecutor(4) as pool:
        needs.Indexes(PageReader(Trust(), 5), pool).add(found, texts, urls, TARGET)
    return found


def test_exact_pins_are_followed_and_the_rest_is_said(index: Index) -> None:
    found = count(["big==1.0", "bigger==2.0", "absent==1", "x @ https://h/x-1-py3-none-any.whl"], index.simple)
    sizes = {path.name.split("-")[0]: path.stat().st_size for path in index.archives()}
    assert found.total == sizes["big"] + sizes["bigger"]
    assert found.unknown == {"absent", "x"}
    assert (found.unpinned, found.opaque) == (1, set())


def test_an_index_that_tells_no_sizes_leaves_them_unknown(index: Index) -> None:
    index.sizes = False
    assert count(["big==1.0"], index.simple).unknown == {"big"}


def test_the_first_index_that_knows_a_size_counts(index: Index) -> None:
    assert count(["big==1.0"], "http://127.0.0.1:1/simple", index.simple).unknown == set()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    """More files than one page of the listing holds, and a repository that wants a token."""
    version = tmp_path / "hub" / "models" / "acme" / "demo" / "v1"
    for number in range(1003):
        make_file(version / "parts" / f"{number}.json", 3, str(number))
    make_file(version / "m.safetensors", 500_000, "weights")
    gated = tmp_path / "hub" / "models" / "acme" / "gated"
    make_file(gated / "v1" / "w.bin", 100, "gated")
    (gated / "hub.json").write_text(json.dumps({"private": True, "tokens": [TOKEN]}))
    with HubServer(tmp_path / "hub") as running:
        yield running


def ask(hub: HubServer, folder: Path, repo: str = "acme/demo", token: str = "", **wanted: Any) -> needs.MissingWeights:
    wanted = {"repo_id": repo, "local_dir": str(folder), "revision": "main", **wanted}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return needs.weights(PageReader(Trust(), 5, hub.url, headers), hub.url, 5, wanted)


def test_weights_that_lie_there_are_not_counted(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "w" / "parts").mkdir(parents=True)
    (tmp_path / "w" / "parts" / "1002.json").write_bytes(b"xyz")
    (tmp_path / "w" / "parts" / "1.json").write_bytes(b"too long")
    found = ask(hub, tmp_path / "w")
    assert (found.missing, found.total) == (500_000 + 3 * 1002, 500_000 + 3 * 1003)
    assert ask(hub, tmp_path / "w", allow_patterns=["*.json"]).total == 3 * 1003
    assert ask(hub, tmp_path / "w", filenames=["m.safetensors", "m.bin"]).absent == ("m.bin",)


def test_the_status_says_what_may_not_be_read(hub: HubServer, tmp_path: Path) -> None:
    assert ask(hub, tmp_path, "acme/absent").answer.status == 401
    assert ask(hub, tmp_path, revision="no-such-branch").answer.status == 404
    assert ask(hub, tmp_path, "acme/gated").answer.status == 401
    assert ask(hub, tmp_path, "acme/gated", TOKEN).total == 100


def test_a_listing_that_cannot_be_is_refused_with_its_reason(tmp_path: Path) -> None:
    entry = {"type": "file", "path": "../x", "size": 1, "oid": "b" * 40}
    with Answering(lambda _path: Answer([entry])) as server:
        found = needs.weights(
            PageReader(Trust(), 5, server.url), server.url, 5, {"repo_id": "o/a", "local_dir": str(tmp_path)}
        )
    assert "'../x', which does not stay below its folder" in found.refused
    assert (found.answer.status, found.total) == (0, 0)
