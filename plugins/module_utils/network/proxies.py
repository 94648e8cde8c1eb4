# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a request goes through, and which servers are asked directly. Computes only."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
"""What counts, in lower case; the same names in upper case count where these are not set."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """A proxy that is asked by plain HTTP.

    :ivar user: and ``password``: "" for none.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Proxies:
    """The proxies of a node.

    :ivar http: address of the proxy for ``http://``; "": none.
    :ivar https: the same for ``https://``.
    :ivar direct: entries of NO_PROXY: ``*``, a host name (which stands for all names below it, too), an address or a
        range of addresses; each name or address may have a port.
    """

    http: str = ""
    https: str = ""
    direct: tuple[str, ...] = ()

    def for_url(self, url: str) -> Proxy | None:
        """The proxy for an address; None: it is asked directly."""
        parts = urlsplit(url)
        named = {"http": self.http, "https": self.https}.get(parts.scheme, "")
        if not named or self.is_direct(url):
            return None
        proxy = urlsplit(_whole(named))
        port = proxy.port or _PORTS["http"]
        return Proxy(proxy.hostname or "", port, unquote(proxy.username or ""), unquote(proxy.password or ""))

    def is_direct(self, url: str) -> bool:
        """Whether an entry of NO_PROXY fits the server of an address."""
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 0)
        return any(_fits(entry, host, port) for entry in self.direct)

    def environment(self, urls: Iterable[str] = ()) -> dict[str, str]:
        """The variables that tell the same to any program, in both cases.

        Programs differ in what of NO_PROXY they understand: ranges are unknown to httpx and to curl before 7.86, and
        ports to uv and curl. So servers that are known to be asked directly are named one by one, too.

        :param urls: addresses that the program will ask.
        """
        hosts = [urlsplit(url).hostname or "" for url in urls if self.direct and self.is_direct(url)]
        entries = ",".join(dict.fromkeys(entry for entry in [*self.direct, *hosts] if entry))
        values = {"http_proxy": self.http, "https_proxy": self.https, "no_proxy": entries}
        set_ = {name: value for name, value in values.items() if value}
        return {**set_, **{name.upper(): value for name, value in set_.items()}}


def read(environ: Mapping[str, str], pip_proxy: str = "") -> Proxies:
    """The proxies that an environment and pip's configuration name.

    pip's own ``proxy`` wins over the environment, and a variable in lower case over the same in upper case (also where
    it is empty, which means none). NO_PROXY counts in any case.

    :raises ModelEnvError: kind ``invalid``; a proxy is none that everything here can use.
    """
    found = {name: (environ[name] if name in environ else environ.get(name.upper(), "")).strip() for name in VARIABLES}
    entries = tuple(entry for entry in found["no_proxy"].replace(",", " ").split() if entry)
    if pip_proxy:
        address = _checked(pip_proxy, "proxy of pip's configuration")
        return Proxies(address, address, entries)
    schemes = {}
    for scheme in ("http", "https"):
        name = f"{scheme}_proxy"
        unset = name not in environ and name.upper() not in environ
        name = "all_proxy" if unset else name
        schemes[scheme] = _checked(found[name], name)
    return Proxies(schemes["http"], schemes["https"], entries)


def _checked(address: str, name: str) -> str:
    if not address:
        return ""
    try:
        parts = urlsplit(_whole(address))
        usable = parts.scheme == "http" and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ModelEnvError(
            f"{name} names a proxy that cannot be used",
            why="pip, git and this collection are to reach the network in the same way, and pip speaks to http://"
            " proxies only",
            todo=f"set {name} to http://HOST:PORT, which serves https:// addresses as well",
            kind="invalid",
        )
    return address


def _whole(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _fits(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, wanted = _parted(entry)
    if wanted and wanted != port:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = name.lower().strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False


def _parted(entry: str) -> tuple[str, int]:
    """Name and port of an entry; port 0: any."""
    if entry.startswith("["):
        name, _bracket, port = entry[1:].partition("]")
        return name, int(port[1:]) if port[1:].isdigit() else 0
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        return name, int(port)
    return entry, 0
