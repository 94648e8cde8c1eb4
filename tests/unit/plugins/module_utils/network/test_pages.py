# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single requests, against servers of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.network import pages
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import PageReader
from ansible_collections.portable.model_env.plugins.module_utils.network.proxies import Proxies
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering
from ansible_collections.portable.model_env.tests.support.index import Fault, Index
from ansible_collections.portable.model_env.tests.support.packages import wheel


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "single", "1.0")
    with Index(tmp_path).running() as server:
        yield server


@pytest.fixture
def reader(tmp_path: Path) -> PageReader:
    return PageReader(Trust(netrc=str(tmp_path / "netrc")), timeout=60)


def test_an_answer_has_status_body_and_the_servers_clock(reader: PageReader, index: Index) -> None:
    page = reader.get(f"{index.simple}single/")
    assert (page.status, page.error) == (200, "")
    assert "single-1.0-py3-none-any.whl" in page.body
    assert page.skew is not None and abs(page.skew) < 5
    assert reader.get(f"{index.simple}single/", body=False).body == ""


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_an_error_is_an_answer(reader: PageReader, index: Index, status: int) -> None:
    index.faults = [Fault("/simple/", status=status)]
    assert reader.get(f"{index.simple}single/").status == status


def test_silence_is_told_from_a_closed_port(reader: PageReader, index: Index) -> None:
    index.faults = [Fault("/simple/", hang=60)]
    assert PageReader(Trust(), timeout=0.5).get(f"{index.simple}single/").error == "timeout"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert reader.get(f"http://127.0.0.1:{unused.getsockname()[1]}/").error == "refused"
    assert reader.get("http://no-such-host.invalid/").error == "dns"


def test_a_server_without_tls_is_no_https(reader: PageReader, index: Index) -> None:
    assert reader.get(index.url.replace("http:", "https:")).error.startswith("tls: ")


def test_passwords_come_from_the_address_or_from_netrc(reader: PageReader, index: Index, tmp_path: Path) -> None:
    index.password = "p:w"
    assert reader.get(f"{index.simple}single/").status == 401
    assert reader.get(f"{index.simple}single/".replace("//", "//user:p%3Aw@")).status == 200
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password p:w\n")
    (tmp_path / "netrc").chmod(0o600)
    assert reader.get(f"{index.simple}single/").status == 200


def test_a_proxy_is_asked_where_there_is_one(index: Index) -> None:
    # The index answers in the place of a server that does not exist.
    trust = Trust(proxies=Proxies(http=index.url))
    page = PageReader(trust, timeout=60).get("http://elsewhere.invalid/simple/single/")
    assert page.status == 200


def test_what_is_no_web_address_is_said(reader: PageReader) -> None:
    assert "no scheme" in reader.get("ftp://host/simple/").error


def test_a_page_may_be_neither_endless_nor_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MOST_BYTES", 3 << 20)
    with Answering(lambda _path: Answer(server.drip(b" " * (1 << 20), 0.0))) as server:
        assert PageReader(Trust(), 60).get(f"{server.url}/").error == "the answer is longer than 3 MiB"
    with Answering(lambda _path: Answer(server.drip(b" " * 4096, 0.05))) as server:
        monkeypatch.setattr(pages, "_LONGEST", 0.01)
        page = PageReader(Trust(), 60).get(f"{server.url}/")
    assert page.error == "the answer is not whole after 0.01 times the limit for a silent server"


def test_a_next_page_is_told_whole_and_one_that_is_none_is_a_fault(reader: PageReader) -> None:
    with Answering(lambda path: Answer(headers={"Link": f'<{path.partition("?")[2]}>; rel="next"'})) as server:
        assert reader.get(f"{server.url}/a?/b").next_page == f"{server.url}/b"
        assert reader.get(f"{server.url}/a?https://h/b").next_page == "https://h/b"
        assert "127.0.0.1 answered with the header Link: " in reader.get(f"{server.url}/a?http://h:99999/").error


def test_a_token_goes_home_alone() -> None:
    with Answering(lambda _path: Answer()) as home, Answering(lambda _path: Answer()) as other:
        reader = PageReader(Trust(), 60, home.url, {"Authorization": "Bearer secret"})
        assert [reader.get(f"{server.url}/").status for server in (home, other)] == [200, 200]
    assert home.requests[0][1]["authorization"] == "Bearer secret"
    assert "authorization" not in other.requests[0][1]
