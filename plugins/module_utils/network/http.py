# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request for bytes: connections, proxies, certificates, redirects, and who may see the token.

Why the bytes do not come through huggingface_hub (its API, URLs, headers and errors do; see ``probes/hub.py``):

- since 1.18 its downloads never continue what an earlier process fetched, and its Xet transfer never did;
- it compares sizes only, so corrupt bytes of the right size are accepted, in every version;
- its HTTP library has changed with its major versions (requests, httpx, httpx2), and none of them writes into a buffer
  that is handed in, which is what keeps several streams cheap on one interpreter. The standard library does.
"""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import urllib.request
from dataclasses import dataclass, field
from typing import Mapping
from urllib.parse import unquote, urljoin, urlsplit

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


class FetchError(Exception):
    """A request that failed before or while its bytes came; worth another try unless a subclass says otherwise."""


@dataclass
class Answer:
    """An open response.

    :ivar url: where the bytes really come from, after redirects.
    :ivar status: HTTP status.
    :ivar headers: of the answer, names in lower case.
    :ivar origin: headers of the first answer, where it was a redirect; else the same as ``headers``.
    """

    url: str
    status: int
    headers: dict[str, str]
    origin: dict[str, str]
    _response: http.client.HTTPResponse
    _fetcher: Fetcher
    _key: tuple[str, str]
    _left: int = field(default=-1)

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer; fewer bytes only at the end.

        :raises FetchError: the connection broke, or no byte came for the stall time.
        """
        try:
            return self._response.readinto(buffer)
        except (OSError, http.client.HTTPException) as error:
            self.abandon()
            raise FetchError(_explain(error)) from error

    def text(self, limit: int = 2000) -> str:
        """The beginning of an error's body."""
        try:
            return self._response.read(limit).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""

    def finish(self) -> None:
        """The body was read to its end: keep the connection for the next request. Otherwise drop it."""
        if self._response.isclosed() or self._response.length == 0:
            self._response.close()
        else:
            self.abandon()

    def abandon(self) -> None:
        """Drop the connection with whatever is still on its way."""
        self._fetcher.drop(self._key)
        self._response.close()


class Fetcher:
    """Makes requests for one thread, keeping its connections.

    :param headers: for the endpoint only, with the token among them; never sent to another scheme, host or port.
    :param endpoint: the Hub's address.
    :param stall_timeout: seconds without a byte after which a connection counts as dead.
    :param user_agent: named to every server.
    """

    def __init__(self, headers: Mapping[str, str], endpoint: str, stall_timeout: float, user_agent: str) -> None:
        self._secret_headers = dict(headers)
        self._home = _place(endpoint)
        self._timeout = stall_timeout
        self._user_agent = user_agent
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._context: ssl.SSLContext | None = None

    def get(self, url: str, start: int, end: int, size: int) -> Answer:
        """Ask for the bytes ``[start, end)`` of a resource of ``size`` bytes, following redirects.

        :raises FetchError: no answer came.
        """
        origin: dict[str, str] | None = None
        for _hop in range(_MOST_REDIRECTS + 1):
            answer = self._one(url, start, end, size)
            if origin is None:
                origin = answer.headers
            answer.origin = origin
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return answer
            answer._response.read(1 << 16)
            answer.finish()
            url = urljoin(url, location)
        raise FetchError(f"more than {_MOST_REDIRECTS} redirects")

    def _one(self, url: str, start: int, end: int, size: int) -> Answer:
        parts = urlsplit(url)
        headers = {"User-Agent": self._user_agent, "Accept-Encoding": "identity", "Accept": "*/*"}
        if _place(url) == self._home:
            headers.update(self._secret_headers)
        if (start, end) != (0, size):
            headers["Range"] = f"bytes={start}-{end - 1}"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        key = (parts.scheme, parts.netloc)
        for fresh in (False, True):
            reused = key in self._connections
            try:
                connection = self._connect(key)
                through = getattr(connection, "proxy_headers", None)
                if through is None:
                    connection.request("GET", target, headers=headers)
                else:
                    connection.request("GET", url, headers={**headers, **through})
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self.drop(key)
                if reused and not fresh and not isinstance(error, socket.timeout):
                    continue  # the server closed a kept connection while it was idle; that is no fault
                raise FetchError(_explain(error)) from error
            named = {name.lower(): value for name, value in response.getheaders()}
            if named.get("connection", "").lower() == "close":
                self._connections.pop(key, None)  # the response keeps its socket until it is read
            return Answer(url, response.status, named, {}, response, self, key)
        raise FetchError("no connection")  # not reached: the second round returns or raises

    def drop(self, key: tuple[str, str]) -> None:
        """Close a connection."""
        connection = self._connections.pop(key, None)
        if connection is not None:
            connection.close()

    def abort(self) -> None:
        """From another thread: end whatever the owner of this fetcher is waiting for."""
        for connection in list(self._connections.values()):
            try:
                if connection.sock is not None:
                    connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        """Close every connection."""
        for key in list(self._connections):
            self.drop(key)

    def _connect(self, key: tuple[str, str]) -> http.client.HTTPConnection:
        if key in self._connections:
            return self._connections[key]
        scheme, place = key
        parts = urlsplit(f"{scheme}://{place}")
        host = parts.hostname or ""
        if scheme not in ("http", "https") or not host:
            raise FetchError(f"{scheme}://{place} is not an HTTP address")
        port = parts.port or (443 if scheme == "https" else 80)
        proxy = "" if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme, "")
        via = urlsplit(proxy if "//" in proxy else f"//{proxy}") if proxy else None
        at = (via.hostname or "", via.port or 3128) if via else (host, port)
        connection: http.client.HTTPConnection
        if scheme == "https":
            connection = http.client.HTTPSConnection(*at, timeout=self._timeout, context=self._tls())
            if via:
                connection.set_tunnel(host, port, _proxy_headers(via.username, via.password))
        else:
            connection = http.client.HTTPConnection(*at, timeout=self._timeout)
            if via:
                connection.proxy_headers = _proxy_headers(via.username, via.password)  # type: ignore[attr-defined]
        self._connections[key] = connection
        return connection

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            # The same variables that huggingface_hub's HTTP libraries honour.
            names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
            bundle = next((os.environ[name] for name in names if os.path.isfile(os.environ.get(name, ""))), None)
            self._context = ssl.create_default_context(cafile=bundle)
        return self._context


def _place(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if not user:
        return {}
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _explain(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no byte came for the stall time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, (ConnectionError, http.client.IncompleteRead, http.client.RemoteDisconnected)):
        return "the connection was closed before the end"
    return str(error) or type(error).__name__
