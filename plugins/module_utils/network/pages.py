# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers of the node's network one question each, with pip's proxies and certificates, and a time limit."""

from __future__ import annotations

import base64
import email.utils
import netrc
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings

_MOST_BYTES = 64 << 20
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Answer:
    """What a server said.

    :ivar status: HTTP status; 0: there was no answer, and ``error`` says why.
    :ivar error: ``dns``, ``refused``, ``timeout``, ``tls``, ``proxy`` or a sentence; "" with an answer.
    :ivar next_page: address in a ``Link`` header with ``rel="next"``; "" if there is none.
    :ivar skew: seconds that the server's clock is ahead of this node's; None: it does not say.
    """

    url: str
    status: int = 0
    error: str = ""
    body: str = ""
    next_page: str = ""
    skew: float | None = None
    seconds: float = 0.0


class Web:
    """Makes single requests; may be used from many threads at once.

    :param settings: pip's configuration of the node: proxy, CA bundle, client certificate, trusted hosts.
    :param timeout: seconds for one request.
    """

    def __init__(self, settings: SourceSettings, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout

    def get(self, url: str, headers: Mapping[str, str] | None = None, body: bool = True) -> Answer:
        """Ask for ``url``; never raises for what it finds.

        :param headers: further ones. ``Authorization`` among them goes to this server only, not where it redirects to.
        :param body: read it, too.
        """
        started = time.monotonic()
        try:
            request = self._request(url, headers or {})
            with self._opener(url).open(request, timeout=self._timeout) as response:
                text = response.read(_MOST_BYTES).decode("utf-8", "replace") if body else ""
                status, named = response.status, response.headers
        except urllib.error.HTTPError as error:
            with error:
                status, named, text = error.code, error.headers, ""
        except (OSError, ValueError, ssl.SSLError) as error:
            return Answer(url, error=_explain(error, self._settings.proxy), seconds=time.monotonic() - started)
        except Exception as error:  # pylint: disable=broad-exception-caught  # http.client's are no OSError
            return Answer(url, error=str(error) or type(error).__name__, seconds=time.monotonic() - started)
        skew = None
        if named.get("Date") and not named.get(
            "Age"
        ):  # an answer out of a cache has the time at which it was put there
            try:
                skew = email.utils.parsedate_to_datetime(named["Date"]).timestamp() - time.time()
            except (TypeError, ValueError):
                skew = None
        return Answer(url, status, "", text, _next(named.get("Link") or ""), skew, time.monotonic() - started)

    @staticmethod
    def _request(url: str, headers: Mapping[str, str]) -> urllib.request.Request:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise ValueError(f"{parts.scheme}: is no scheme that is asked over the network")
        userinfo, _at, place = parts.netloc.rpartition("@")
        request = urllib.request.Request(urlunsplit(parts._replace(netloc=place)))  # noqa: S310  # the scheme is known
        for name, value in headers.items():
            # What is "unredirected" does not follow a redirect to another server.
            (request.add_unredirected_header if name == "Authorization" else request.add_header)(name, value)
        if "Authorization" not in headers:
            pair = unquote(userinfo) or _from_netrc(parts.hostname or "")
            if pair:
                encoded = base64.b64encode(pair.encode()).decode()
                request.add_unredirected_header("Authorization", f"Basic {encoded}")
        return request

    def _opener(self, url: str) -> urllib.request.OpenerDirector:
        settings = self._settings
        handlers: list[urllib.request.BaseHandler] = []
        if settings.proxy:
            handlers.append(urllib.request.ProxyHandler({"http": settings.proxy, "https": settings.proxy}))
        parts = urlsplit(url)
        if parts.scheme == "https":
            bundle = settings.cert or next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)
            context = ssl.create_default_context(cafile=bundle)
            if parts.hostname in settings.trusted_hosts or parts.netloc in settings.trusted_hosts:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if settings.client_cert:
                context.load_cert_chain(settings.client_cert)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        return urllib.request.build_opener(*handlers)


def _from_netrc(host: str) -> str:
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return ""
    return f"{found[0]}:{found[2]}" if found else ""


def _next(link: str) -> str:
    for part in link.split(","):
        address, _semicolon, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().strip("<>")
    return ""


def _explain(error: Exception, proxy: str) -> str:
    reason = getattr(error, "reason", None)
    inner = reason if isinstance(reason, Exception) else error
    if isinstance(inner, ssl.SSLError):
        return f"tls: {getattr(inner, 'verify_message', '') or inner.reason or inner}"
    if isinstance(inner, socket.gaierror):
        return "proxy" if proxy else "dns"
    if isinstance(inner, (socket.timeout, TimeoutError)):
        return "timeout"
    if isinstance(inner, ConnectionRefusedError):
        return "refused"
    return str(inner) or type(inner).__name__
