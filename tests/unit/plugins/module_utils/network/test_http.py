# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for bytes, against servers of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.network.http import Fetcher, FetchError, Response
from ansible_collections.portable.model_env.plugins.module_utils.network.proxies import Proxies
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering
from ansible_collections.portable.model_env.tests.support.index import Fault, Index

MIB = 1 << 20
SECRET = {"authorization": "Bearer secret"}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "file").write_bytes(bytes(range(256)) * 40)
    with Index(tmp_path).running() as server:
        yield server


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    """It redirects large files to a server on another port."""
    make_file(tmp_path / "data" / "models" / "acme" / "demo" / "v1" / "big.bin", MIB + 5, "big")
    with HubServer(tmp_path / "data") as running:
        yield running


def fetcher(endpoint: str, timeout: float = 60, trust: Trust | None = None) -> Fetcher:
    return Fetcher({}, endpoint, trust or Trust(), timeout, "test")


def body(response: Response) -> bytes:
    found, buffer = bytearray(), memoryview(bytearray(1000))
    while count := response.readinto(buffer):
        found += buffer[:count]
    response.finish()
    return bytes(found)


def test_a_range_is_asked_for_and_the_connection_kept(index: Index) -> None:
    asking = fetcher(index.url)
    whole = asking.get(f"{index.url}/files/file")
    assert (whole.status, body(whole)) == (200, bytes(range(256)) * 40)
    first = dict(asking._connections)
    again = asking.get(f"{index.url}/files/file", 0, 10240, 10240)
    assert body(again) == bytes(range(256)) * 40
    assert asking._connections == first
    asking.close()


def test_the_token_goes_to_the_endpoint_and_not_where_it_redirects_to(hub: HubServer) -> None:
    commit = hub.commit("model", "acme/demo")
    asking = Fetcher(SECRET, hub.url, Trust(), 60, "test")
    response = asking.get(f"{hub.url}/acme/demo/resolve/{commit}/big.bin", 5, 25, MIB + 5)
    assert (response.status, len(body(response))) == (206, 20)
    assert not response.url.startswith(hub.url)
    assert response.origin["x-repo-commit"] == commit  # what the Hub itself said of the file
    asking.close()
    asked = {request["role"]: bool(request["token"]) for request in hub.stats()["requests"] if request["file"]}
    assert asked == {"hub": True, "cdn": False}


def test_a_login_of_the_address_is_sent_and_not_shown(index: Index) -> None:
    index.password = "p:w"
    asking = fetcher(index.url)
    response = asking.get(f"{index.url}/files/file".replace("//", "//user:p%3Aw@"))
    assert (response.status, len(body(response))) == (200, 10240)
    assert asking.get(f"{index.url}/files/file").status == 401
    assert index.requests == ["/files/file"] * 2
    asking.close()


def test_a_connection_that_breaks_or_falls_silent_is_told(index: Index) -> None:
    asking = fetcher(index.url)
    index.faults = [Fault("/files/", cut=100)]
    response = asking.get(f"{index.url}/files/file")
    came = bytearray(20000)
    assert response.readinto(memoryview(came)) == 100
    index.faults = [Fault("/files/", hang=60)]
    with pytest.raises(FetchError) as caught:
        fetcher(index.url, timeout=0.3).get(f"{index.url}/files/file")
    assert caught.value.fault == "timeout"


def test_what_cannot_be_reached_is_told_apart() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}"
        lost = Trust(proxies=Proxies(http="http://no-such-host.invalid:1"))
        for url, trust, fault in (
            (closed, Trust(), "refused"),
            ("http://no-such-host.invalid", Trust(), "dns"),
            ("http://h", lost, "proxy"),
        ):
            with pytest.raises(FetchError) as caught:
                fetcher(url, trust=trust).get(f"{url}/")
            assert caught.value.fault == fault
    with pytest.raises(FetchError, match="not an HTTP address"):
        fetcher("ftp://h").get("ftp://h/")


def test_redirects_have_an_end(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = fetcher(index.url)
    real = asking._one

    def circle(url: str, start: int, end: int, size: int) -> Response:
        response = real(url, start, end, size)
        response.status, response.headers = 302, {"location": url}
        return response

    monkeypatch.setattr(asking, "_one", circle)
    with pytest.raises(FetchError, match="redirects"):
        asking.get(f"{index.url}/files/file")


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1:port/x",
        "http://[::1/x",
        "http://" + "a" * 300 + "..b/x",
        "http://\xff\xfe/x",
        "//",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_nowhere_is_a_fault_of_the_request(location: str) -> None:
    with Answering(lambda _path: Answer(status=302, headers={"Location": location})) as server:
        with pytest.raises(FetchError) as caught:
            fetcher(server.url).get(f"{server.url}/file")
        if "127.0.0.1:" in location:
            assert f"127.0.0.1 answered 302 with the header Location: '{location}'" in str(caught.value)


def test_a_redirect_may_name_what_is_not_ascii() -> None:
    name = "mod\u00e9le \u6a21.bin"

    def answer(path: str) -> Answer:
        sent = name.encode().decode("latin-1")  # as http.server writes headers
        return Answer(status=302, headers={"Location": f"/to/{sent}"}) if path == "/from" else Answer(path.encode())

    with Answering(answer) as server:
        assert body(fetcher(server.url).get(f"{server.url}/from")) == f"/to/{quote(name)}".encode()


@pytest.mark.parametrize("length", [{}, {"Content-Length": "2000000"}, {"Transfer-Encoding": "chunked"}])
def test_an_answer_that_drips_is_given_up(length: dict[str, str]) -> None:
    piece = b"1\r\nx\r\n" if "Transfer-Encoding" in length else b"x"
    with Answering(lambda _path: Answer(server.drip(piece, 0.05), headers=length)) as server:
        response = fetcher(server.url, timeout=2).get(f"{server.url}/file")
        with pytest.raises(FetchError, match=r"slower than 1024 bytes a second for 2 seconds") as caught:
            body(response)
    assert caught.value.fault == "timeout"


def test_headers_that_drip_are_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _address = listening.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not over.wait(0.05):
                    connection.sendall(b"x")

        over = threading.Event()
        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(FetchError, match="slower than"):
            fetcher(url, timeout=2).get(f"{url}/file")
        over.set()
        thread.join()


def test_what_came_before_a_connection_broke_is_handed_out() -> None:
    with Answering(lambda _path: Answer(iter([b"x" * 70_000]), headers={"Content-Length": "100000"})) as server:
        response, came = fetcher(server.url).get(f"{server.url}/file"), memoryview(bytearray(MIB))
        assert response.readinto(came) == 70_000
