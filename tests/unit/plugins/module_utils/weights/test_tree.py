# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a listing, from servers of this machine that have something in mind."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import Page, PageReader
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights import listing
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.tree import read_tree
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering

TOKEN = "hf_never-to-be-seen"


def entry(path: str) -> dict[str, Any]:
    return {"type": "file", "path": path, "size": 1, "oid": "b" * 40}


def read(server: Answering, seconds: float = 60.0) -> tuple[Page, list[HubFile]]:
    reader = PageReader(Trust(), 5, server.url, {"Authorization": f"Bearer {TOKEN}"})
    return read_tree(reader, server.url, "model", "acme/x", "main", seconds=seconds)


def number(path: str) -> int:
    return int(path.partition("cursor=")[2] or 0)


def following(path: str) -> dict[str, str]:
    return {"Link": f'<{path.partition("?")[0]}?cursor={number(path) + 1}>; rel="next"'}


def test_pages_follow_one_another() -> None:
    def answer(path: str) -> Answer:
        return Answer([entry(str(number(path)))], headers=following(path) if number(path) < 3 else {})

    with Answering(answer) as server:
        page, files = read(server)
    assert (page.status, [file.path for file in files]) == (200, ["0", "1", "2", "3"])
    assert server.requests[0][0] == "/api/models/acme/x/tree/main?recursive=true"
    assert all(headers["authorization"] == f"Bearer {TOKEN}" for _path, headers in server.requests)


@pytest.mark.parametrize("first", [200, 302])
def test_another_host_is_not_asked_and_gets_no_token(first: int) -> None:
    """Also where the Hub's own answer is a redirect: then the other host names the next page as one of its own."""
    with Answering(lambda _path: Answer([entry("b")])) as other:
        there = f"{other.url}/api/models/acme/x/tree/main?cursor=2"
        header = {"Link": f'<{there}>; rel="next"'}
        if first == 302:
            other.answer = lambda _path: Answer([entry("b")], headers={"Link": '</more>; rel="next"'})
            header = {"Location": there}
        with (
            Answering(lambda _path: Answer([entry("a")], first, header)) as server,
            pytest.raises(ModelEnvError) as caught,
        ):
            read(server)
    assert other.url in caught.value.why and server.url in caught.value.why
    assert [path for path, _headers in other.requests] == (["/api/models/acme/x/tree/main?cursor=2"] * (first == 302))
    assert all("authorization" not in headers for _path, headers in other.requests)


def test_pages_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_FILES", 3000)

    def endless(path: str) -> Answer:
        return Answer([entry(f"{number(path)}/{name}") for name in range(1000)], headers=following(path))

    with Answering(endless) as server, pytest.raises(ModelEnvError, match="more than 3000 entries"):
        read(server)
    with (
        Answering(lambda path: Answer([], headers=following(path))) as server,
        pytest.raises(ModelEnvError, match="is empty, and names a next one"),
    ):
        read(server)
    with (
        Answering(lambda _path: Answer([entry("a")], headers={"Link": '</same>; rel="next"'})) as server,
        pytest.raises(ModelEnvError, match="listed twice"),
    ):
        read(server)


def test_a_listing_has_a_time() -> None:
    def one_by_one(path: str) -> Answer:
        return Answer([entry(str(number(path)))], headers=following(path))

    with Answering(one_by_one) as server:
        page, files = read(server, seconds=0.2)
    assert (page.status, files) == (0, [])
    assert "not complete after 0 seconds, 60 times that of a request" in page.error


def test_what_the_hub_refuses_is_told_by_its_status() -> None:
    header = {"X-Error-Code": "RevisionNotFound", "Retry-After": "7"}
    with Answering(lambda _path: Answer({"error": "no"}, 404, header)) as server:
        page, files = read(server)
    assert (page.status, files) == (404, [])
    assert dict(page.headers) == {"x-error-code": "RevisionNotFound", "retry-after": "7"}
