# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request: connections, redirects, and who may see the token. How the network is reached, ``trust.py`` says.

Why the bytes of weights do not come through huggingface_hub (its API, URLs, headers and errors do, ``probes/hub.py``):

- since 1.18 its downloads never continue what an earlier process fetched, and its Xet transfer never did;
- it compares sizes only, so corrupt bytes of the right size are accepted, in every version;
- its HTTP library has changed with its major versions (requests, httpx, httpx2), and none of them writes into a buffer
  that is handed in, which is what keeps several streams cheap on one interpreter. The standard library does.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any, Mapping
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret
from ansible_collections.portable.model_env.plugins.module_utils.names import shown
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust, basic

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_RESERVED = "%!#$&'()*+,/:;=?@[]~"
_PIECE = 1 << 16  # bytes that a connection is asked for at a time
_AT_ONCE = 1.0  # seconds after which what came is handed out, so that little is lost with a connection

LEAST_SPEED = 1024
"""Bytes a second that an answer must bring, over the time without a byte after which a connection is dead. Whoever
sends a byte now and then is no better than who sends none."""

# What http.client and the socket below it raise for what a server says. Addresses and numbers that make no sense are
# ValueErrors of urllib, the encoder of host names, int().
_FAULTS = (OSError, http.client.HTTPException, ValueError)


class FetchError(Exception):
    """A request that failed before or while its bytes came; worth another try.

    :ivar fault: ``dns``, ``refused``, ``timeout``, ``proxy``, ``tls: ...``, or else what ``str`` of it says.
    """

    def __init__(self, message: str, fault: str = "") -> None:
        super().__init__(message)
        self.fault = fault or message


@dataclass
class Response:
    """An open response.

    :ivar url: where the bytes really come from, after redirects.
    :ivar status: HTTP status.
    :ivar headers: names in lower case.
    :ivar origin: headers of the first response, where it was a redirect; else the same as ``headers``.
    """

    url: str
    status: int
    headers: dict[str, str]
    origin: dict[str, str]
    _response: http.client.HTTPResponse
    _fetcher: Fetcher
    _key: tuple[str, str]
    _fault: FetchError | None = None

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer; fewer bytes after a second or before a fault, and none only at the end.

        :raises FetchError: the connection broke, or is too slow.
        """
        if self._fault is not None:
            raise self._fault
        count, until = 0, time.monotonic() + _AT_ONCE
        while count < len(buffer) and time.monotonic() < until:
            try:
                came = self._response.readinto(buffer[count : count + _PIECE])
            except _FAULTS as error:
                self.abandon()
                self._fault = _failure(error)
                if count:
                    break  # the next call raises it
                raise self._fault from error
            if not came:
                break
            count += came
        return count

    def text(self, limit: int = 2000) -> str:
        """The beginning of an error's body."""
        try:
            return self._response.read(limit).decode("utf-8", "replace")
        except _FAULTS:
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
    :param trust: how the network is reached.
    :param stall_timeout: seconds without a byte, or below ``LEAST_SPEED``, after which a connection counts as dead.
    :param user_agent: named to every server.
    :param accept: what every server is asked for.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        endpoint: str,
        trust: Trust,
        stall_timeout: float,
        user_agent: str,
        accept: str = "*/*",
    ) -> None:
        self._secret_headers = dict(headers)
        self._home = _place(endpoint)
        self._trust = trust
        self._timeout = stall_timeout
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "identity", "Accept": accept}
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._contexts: dict[bool, ssl.SSLContext] = {}

    def get(self, url: str, start: int = 0, end: int = 0, size: int = 0) -> Response:
        """Ask for the bytes ``[start, end)`` of a resource of ``size`` bytes (all 0: the whole), following redirects.

        :raises FetchError: no response came.
        """
        origin: dict[str, str] | None = None
        for _hop in range(_MOST_REDIRECTS + 1):
            response = self._one(url, start, end, size)
            if origin is None:
                origin = response.headers
            response.origin = origin
            location = response.headers.get("location", "")
            if response.status not in _REDIRECTS or not location:
                return response
            response.text(1 << 16)
            response.finish()
            url = _follow(url, location, response.status)
        raise FetchError(f"more than {_MOST_REDIRECTS} redirects")

    def _one(self, url: str, start: int, end: int, size: int) -> Response:
        headers = dict(self._headers)
        if _place(url) == self._home:
            headers.update(self._secret_headers)
        if not any(name.lower() == "authorization" for name in headers):
            login = basic(self._trust.login(url))
            headers.update({"Authorization": login} if login else {})
        if (start, end) != (0, size):
            headers["Range"] = f"bytes={start}-{end - 1}"
        parts = urlsplit(url)
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")
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
                    connection.request("GET", urlunsplit(parts), headers={**headers, **through})
                response = connection.getresponse()
            except _FAULTS as error:
                self.drop(key)
                if reused and not fresh and not isinstance(error, socket.timeout):
                    continue  # the server closed a kept connection while it was idle; that is no fault
                raise _failure(error, proxied=self._trust.proxies.for_url(url) is not None) from error
            named = {name.lower(): value for name, value in response.getheaders()}
            if named.get("connection", "").lower() == "close":
                self._connections.pop(key, None)  # the response keeps its socket until it is read
            return Response(url, response.status, named, {}, response, self, key)
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
        proxy = self._trust.proxies.for_url(f"{scheme}://{place}")
        at = (proxy.host, proxy.port) if proxy else (host, port)
        login = basic(Secret(f"{proxy.user}:{proxy.password}")) if proxy and proxy.user else ""
        proxy_headers = {"Proxy-Authorization": login} if login else {}
        connection: http.client.HTTPConnection
        if scheme == "https":
            context = self._context(f"{scheme}://{place}")
            connection = http.client.HTTPSConnection(*at, timeout=self._timeout, context=context)
            if proxy:
                connection.set_tunnel(host, port, proxy_headers)
        else:
            connection = http.client.HTTPConnection(*at, timeout=self._timeout)
            if proxy:
                connection.proxy_headers = proxy_headers  # type: ignore[attr-defined]
        connection.response_class = functools.partial(_Answer, self._timeout)  # type: ignore[assignment]
        self._connections[key] = connection
        return connection

    def _context(self, url: str) -> ssl.SSLContext:
        blind = self._trust.trusts_blindly(url)
        if blind not in self._contexts:
            self._contexts[blind] = self._trust.context(url)
        return self._contexts[blind]


class _Answer(http.client.HTTPResponse):
    """An answer whose bytes, those of its headers among them, must come at the least speed."""

    def __init__(self, seconds: float, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Paced(sock.makefile("rb", buffering=0), seconds))


class _Paced(io.RawIOBase):
    """Bytes of a connection, whatever they are for, as long as they come at the least speed.

    Only time spent waiting counts: what the reader does between two reads is no fault of the server. The first byte has
    as long as the connection's own timeout; after it each span of that length must bring its share.
    """

    def __init__(self, raw: Any, seconds: float) -> None:
        super().__init__()
        self._raw = raw
        self._seconds = seconds
        self._begun = False
        self._waited = 0.0
        self._came = 0

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there.

        :raises socket.timeout: too little came for too long.
        """
        asked = time.monotonic()
        count: int | None = self._raw.readinto(buffer)
        if self._begun:
            self._waited += time.monotonic() - asked
        self._begun = True
        self._came += count or 0
        if count and self._waited > self._seconds:
            if self._came < LEAST_SPEED * self._waited:
                raise _TooSlow(f"slower than {LEAST_SPEED} bytes a second for {self._seconds:g} seconds")
            self._waited, self._came = 0.0, 0
        return count

    def close(self) -> None:
        """Close the connection's file as well."""
        self._raw.close()
        super().close()


class _TooSlow(socket.timeout):
    """Bytes come, and too few of them."""


def _follow(url: str, location: str, status: int) -> str:
    """Where a redirect leads.

    :raises FetchError: nowhere.
    """
    try:
        # Names that are not ASCII are sent as they are by many, and http.client makes Latin-1 of every header.
        target = urljoin(url, quote(location.encode("latin-1", "replace"), safe=_RESERVED))
        _place(target)
    except ValueError as error:
        host = urlsplit(url).hostname or ""
        raise FetchError(f"{host} answered {status} with the header Location: {shown(location)} ({error})") from error
    return target


def same_place(one: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port.

    :raises ValueError: one is no address.
    """
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _failure(error: BaseException, proxied: bool = False) -> FetchError:
    if isinstance(error, _TooSlow):
        return FetchError(str(error), "timeout")
    if isinstance(error, socket.timeout):
        return FetchError("no byte came for the stall time", "timeout")
    if isinstance(error, ssl.SSLError):
        verify = getattr(error, "verify_message", "")
        return FetchError(str(error), f"tls: {verify or error.reason or error}")
    if isinstance(error, socket.gaierror):
        return FetchError(str(error), "proxy" if proxied else "dns")
    if isinstance(error, ConnectionRefusedError):
        return FetchError("the connection was refused", "refused")
    if isinstance(error, (ConnectionError, http.client.IncompleteRead, http.client.RemoteDisconnected)):
        return FetchError("the connection was closed before the end")
    return FetchError(str(error) or type(error).__name__)
