# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a server is asked through."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.network import proxies
from ansible_collections.portable.model_env.plugins.module_utils.network.proxies import Proxies, Proxy


@pytest.mark.parametrize(
    ("entry", "direct", "asked"),
    [
        ("*", ["http://any.example"], []),
        ("example.com", ["http://example.com", "https://a.b.Example.com:8443"], ["http://notexample.com"]),
        (".example.com", ["http://example.com", "http://a.example.com"], ["http://example.org"]),
        ("example.com:8443", ["https://a.example.com:8443"], ["https://example.com", "http://example.com:8080"]),
        ("example.com:443", ["https://example.com"], ["http://example.com"]),
        ("10.1.2.3", ["http://10.1.2.3:8000"], ["http://10.1.2.30"]),
        ("10.1.2.3:8000", ["http://10.1.2.3:8000"], ["http://10.1.2.3"]),
        ("10.1.0.0/16", ["http://10.1.2.3"], ["http://10.2.0.1", "http://name-10.1.2.3.example"]),
        ("10.1.2.3/16", ["http://10.1.9.9"], ["http://10.2.0.1"]),
        ("fd00::/8", ["http://[fd00::1]:80"], ["http://[fe80::1]"]),
        ("fd00::1", ["http://[fd00::1]"], ["http://[fd00::2]"]),
        ("[fd00::1]:8000", ["http://[fd00::1]:8000"], ["http://[fd00::1]"]),
        ("localhost", ["http://localhost:1", "http://user:word@localhost"], ["http://127.0.0.1"]),
        ("10.0.0.0/99", [], ["http://10.0.0.1"]),
        (".", [], ["http://example.com"]),
    ],
)
def test_entries_of_no_proxy(entry: str, direct: list[str], asked: list[str]) -> None:
    found = proxies.read({"all_proxy": "http://p:1", "NO_PROXY": f"other.invalid, {entry}"})
    assert [url for url in direct if found.for_url(url)] == []
    assert [url for url in asked if not found.for_url(url)] == []


@pytest.mark.parametrize(
    ("environ", "pip_proxy", "http", "https"),
    [
        ({}, "", "", ""),
        ({"http_proxy": "http://a:1"}, "", "http://a:1", ""),
        ({"HTTP_PROXY": "http://a:1", "https_proxy": "b:2"}, "", "http://a:1", "b:2"),
        ({"HTTP_PROXY": "http://a:1", "http_proxy": "http://b:1"}, "", "http://b:1", ""),
        ({"HTTP_PROXY": "http://a:1", "http_proxy": ""}, "", "", ""),
        ({"ALL_PROXY": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "", "http://a:1", "http://b:1"),
        ({"ALL_PROXY": "http://a:1", "https_proxy": ""}, "", "http://a:1", ""),
        ({"ALL_PROXY": "http://a:1"}, "http://pip:3", "http://pip:3", "http://pip:3"),
    ],
)
def test_order(environ: dict[str, str], pip_proxy: str, http: str, https: str) -> None:
    found = proxies.read(environ, pip_proxy)
    assert (found.http, found.https) == (http, https)


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("http://p:3128", Proxy("p", 3128)),
        ("p:3128", Proxy("p", 3128)),
        ("http://p", Proxy("p", 80)),
        ("http://us%65r:w%40rd@p:1/", Proxy("p", 1, "user", "w@rd")),
    ],
)
def test_addresses_of_proxies(address: str, proxy: Proxy) -> None:
    assert proxies.read({"https_proxy": address}).for_url("https://h/") == proxy


@pytest.mark.parametrize("address", ["socks5h://p:1080", "https://p:1", "http://", "http://p:port"])
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(address: str) -> None:
    with pytest.raises(ModelEnvError, match="all_proxy names a proxy") as caught:
        proxies.read({"ALL_PROXY": address.replace("//", "//user:secret@")})
    assert "secret" not in caught.value.message


def test_servers_that_are_known_are_named_for_programs_without_ranges_and_ports() -> None:
    found = Proxies("http://p:1", "http://p:1", ("10.0.0.0/8", "h:81"))
    urls = ["http://10.1.2.3/simple", "http://h:81/", "http://h/", "https://other/", ""]
    assert found.environment(urls) == {
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://p:1"),
        **dict.fromkeys(("no_proxy", "NO_PROXY"), "10.0.0.0/8,h:81,10.1.2.3,h"),
    }
