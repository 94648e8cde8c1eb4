# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of hf_snapshot against a Hub that lies, drips or never ends; with a real huggingface_hub."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import decide
from ansible_collections.portable.model_env.plugins.module_utils.weights.hf_snapshot import (
    SnapshotRunner,
    SnapshotSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import parse_request
from ansible_collections.portable.model_env.tests.support import hub_tools
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering

COMMIT, OTHER = "a" * 40, "b" * 40
POLICY = RetryPolicy(retries=1, delay=0.01)
CONTENT = {name: f"content of {name}".encode() for name in "ab"}


def entry(name: str, **more: Any) -> dict[str, Any]:
    content = CONTENT[name]
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return {"type": "file", "path": name, "size": len(content), "oid": oid, **more}


@dataclass
class Lies:
    """A Hub with one repository of two files, and what it says instead of the truth.

    :ivar sha: the commit that it says a revision stands for.
    :ivar tree: the first page of its listing.
    :ivar link: its ``Link`` header, of the address of the page.
    :ivar api: instead of the answer to what a revision stands for.
    :ivar file: instead of the content of ``a``.
    """

    sha: str = COMMIT
    tree: Any = field(default_factory=lambda: [entry("a"), entry("b")])
    link: Callable[[str], str] = lambda _path: ""
    api: Callable[[], Answer] | None = None
    file: Callable[[], Answer] | None = None

    def answer(self, path: str) -> Answer:
        """Answer a request."""
        name = path.rpartition("/")[2]
        if path.startswith("/api/models/org/m/tree/"):
            link = self.link(path)
            return Answer(self.tree, headers={"Link": link} if link else {})
        if path.startswith("/api/"):
            return self.api() if self.api else Answer({"id": "org/m", "modelId": "org/m", "sha": self.sha})
        return self.file() if self.file and name == "a" else Answer(CONTENT.get(name, b""))


@pytest.fixture
def lies() -> Lies:
    return Lies()


@pytest.fixture
def server(lies: Lies) -> Iterator[Answering]:
    with Answering(lies.answer) as running:
        yield running


class Run:
    """One run, and what is there after it."""

    def __init__(self, server: Answering, folder: Path) -> None:
        self._server, self._folder = server, folder
        (folder / "victim").mkdir()

    def __call__(self, **more: Any) -> dict[str, Any]:
        """Fetch the repository."""
        way = decide(os.environ)
        settings = SnapshotSettings(policy=POLICY, **{"request_timeout": 20.0, "stall_timeout": 20.0, **more})

        def hub() -> Hub:
            token, environ = Secret("hf_EXAMPLE"), {"PATH": os.defpath}
            return Hub(CommandRunner(), hub_tools.python(), self._server.url, token, POLICY, environ, way)

        runner = SnapshotRunner(hub, settings, StatusFile(""), False)
        target = {"repo_id": "org/m", "revision": COMMIT, "local_dir": str(self._folder / "target")}
        return runner.present([parse_request(target, absent=False)])

    def files(self) -> list[str]:
        """Everything below the folder that is no state."""
        found = (path for path in self._folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self._folder)) for path in found if ".model_env" not in path.parts)


@pytest.fixture
def run(server: Answering, tmp_path: Path) -> Run:
    return Run(server, tmp_path)


def test_the_truth_is_taken(run: Run) -> None:
    assert run()["changed"]
    assert run.files() == ["target/a", "target/b"]


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ([entry("a", size=2 << 20, lfs={"oid": "VICTIM/x", "size": 2 << 20})], "which is no sha256"),
        ([entry("a", path="../victim/x")], "does not stay below its folder"),
        ([entry("a", size=-1)], "'a': size is -1"),
        ([entry("a", size=None)], "'a': size is null"),
        ([entry("a", path="a\ud800")], r"'a\\ud800', which is no valid Unicode"),
        ([entry("a"), entry("a")], "'a': is listed twice"),
        ([entry("a"), entry("a", path="a/b")], "'a' is a file, and the folder of 'a/b'"),
        ({"a": entry("a")}, "is no list of files"),
        ([{"type": "file", "size": 1, "oid": OTHER}], "entry 1 path is missing"),
    ],
)
def test_a_listing_that_cannot_be_is_refused_whole(run: Run, lies: Lies, tree: Any, says: str, tmp_path: Path) -> None:
    if isinstance(tree, list) and "lfs" in tree[0]:
        tree[0]["lfs"]["oid"] = str(tmp_path / "victim" / "x")
    lies.tree = tree
    lies.file = lambda: Answer(b"* * * * * root id\n" + bytes(2 << 20))
    with pytest.raises(ModelEnvError, match=says) as caught:
        run()
    assert caught.value.kind == "invalid"
    assert run.files() == []


def test_the_pinned_commit_is_the_one_that_is_taken(run: Run, lies: Lies) -> None:
    lies.sha = OTHER
    with pytest.raises(ModelEnvError, match=f"{COMMIT} was asked for, and {OTHER} is answered"):
        run()
    assert run.files() == []


def test_the_token_does_not_go_where_a_page_points(run: Run, lies: Lies, server: Answering) -> None:
    with Answering(lambda _path: Answer([entry("b")])) as other:
        lies.tree, lies.link = [entry("a")], lambda _path: f'<{other.url}/api/models/org/m/tree/x>; rel="next"'
        with pytest.raises(ModelEnvError) as caught:
            run()
    assert other.requests == []
    assert other.url in caught.value.why and server.url in caught.value.why


@pytest.mark.parametrize(
    ("answer", "header"),
    [
        (Answer(status=429, headers={"Retry-After": "\xb2"}), "429 with the header Retry-After: '\xb2'"),
        (Answer(status=503, headers={"Retry-After": "9" * 5000}), "503 with the header Retry-After: '9999"),
        (Answer(status=302, headers={"Location": "http://127.0.0.1:99999/x"}), "Location: 'http://127.0.0.1:99999/x'"),
        (Answer(status=302, headers={"Location": "http://[::1/x"}), r"Location: 'http://\[::1/x'"),
        (
            Answer(status=206, headers={"Content-Range": "bytes " + "9" * 5000 + "-1/2"}),
            "206 with the header Content-Range: 'bytes 9",
        ),
    ],
)
def test_a_header_that_makes_no_sense_costs_its_file_alone(run: Run, lies: Lies, answer: Answer, header: str) -> None:
    lies.file = lambda: answer
    with pytest.raises(ModelEnvError, match=header) as caught:
        run()
    assert (caught.value.kind, caught.value.where) == ("network", "org/m: a")
    assert "given up after 2 tries" in caught.value.what
    assert run.files() == ["target/b"]


def test_a_file_that_drips_ends(run: Run, lies: Lies, server: Answering) -> None:
    lies.tree = [entry("a", size=2_000_000), entry("b")]
    lies.file = lambda: Answer(server.drip(b"x", 0.1), headers={"Content-Length": "2000000"})
    with pytest.raises(ModelEnvError, match=r"slower than 1024 bytes a second for 3 seconds"):
        run(stall_timeout=3.0)
    assert (run._folder / "target" / "b").exists()


def test_an_answer_of_the_api_that_drips_ends(run: Run, lies: Lies, server: Answering) -> None:
    lies.api = lambda: Answer(server.drip(b" ", 0.1))
    with pytest.raises(ModelEnvError, match="its answer is not whole after 12 seconds, 3 times request_timeout"):
        run(request_timeout=4.0)


def test_a_listing_that_drips_or_goes_on_ends_with_the_run(run: Run, lies: Lies, server: Answering) -> None:
    lies.tree = server.drip(b" " * 2048, 0.2)
    with pytest.raises(ModelEnvError, match="is not whole after 10 times the limit"):
        run(request_timeout=1.5, timeout=1.0)


def test_the_memory_of_who_asks_does_not_grow_with_what_a_server_wants(run: Run, lies: Lies, server: Answering) -> None:
    lies.api = lambda: Answer(server.drip(b" " * (1 << 22), 0.0))
    with pytest.raises(ModelEnvError, match="its answer takes more than 1024 MiB of memory"):
        run(request_timeout=60.0)
