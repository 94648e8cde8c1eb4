# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers one question each, with a time limit, and says what came of it instead of raising."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Mapping
from urllib.parse import urljoin, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.names import shown
from ansible_collections.portable.model_env.plugins.module_utils.network import headers
from ansible_collections.portable.model_env.plugins.module_utils.network.http import Fetcher, FetchError, Response
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust

_AGENT = "portable.model_env"
_MOST_BYTES = 64 << 20
_CHUNK = 1 << 16
_LONGEST = 10  # times the limit for a silent server: how long one answer may take
_KEPT = ("ratelimit", "retry-after", "x-error-code", "x-error-message")


@dataclass(frozen=True)
class Page:
    """What a server said.

    :ivar status: HTTP status; 0: it did not answer, and ``error`` says why.
    :ivar error: ``dns``, ``refused``, ``timeout``, ``tls: ...``, ``proxy`` or a sentence; "" with an answer.
    :ivar next_page: the whole address in a ``Link`` header with ``rel="next"``; "" if there is none.
    :ivar headers: those that say why there is no answer, or for how long, names in lower case.
    :ivar skew: seconds that the server's clock is ahead of this node's; None: it does not say.
    """

    url: str
    status: int = 0
    error: str = ""
    body: str = ""
    next_page: str = ""
    skew: float | None = None
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


class PageReader:
    """Makes single requests; may be used from many threads at once.

    :param trust: how the network is reached.
    :param timeout: seconds without a byte after which a server counts as silent; an answer may take ten times that.
    :param home: address of the server that ``headers`` (a token among them) are for; no other ever gets them.
    """

    def __init__(
        self,
        trust: Trust,
        timeout: float,
        home: str = "",
        headers: Mapping[str, str] | None = None,
        agent: str = _AGENT,
    ) -> None:
        self._trust = trust
        self._timeout = timeout
        self._home = home
        self._headers = headers or {}
        self._agent = agent

    def get(self, url: str, *, accept: str = "*/*", body: bool = True, size: int = 0) -> Page:
        """Ask for ``url``; never raises for what it finds.

        :param body: read it, too; what an error says is left unread.
        :param size: bytes of a file of which no more than the first one is asked for (answered by 206 or 200);
            0: no file, or an empty one.
        """
        started = time.monotonic()
        fetcher: Fetcher | None = None
        try:
            if urlsplit(url).scheme not in ("http", "https"):
                raise FetchError(f"{urlsplit(url).scheme}: is no scheme that is asked over the network")
            fetcher = Fetcher(self._headers, self._home or url, self._trust, self._timeout, self._agent, accept)
            response = fetcher.get(url, 0, min(1, size), size)
            text = _body(response, started + _LONGEST * self._timeout) if body and response.status == 200 else ""
            following = _next(response.url, response.headers.get("link", ""))
        except FetchError as error:
            return Page(url, error=error.fault, seconds=time.monotonic() - started)
        except (ValueError, OSError) as error:  # an address or a name that is none
            return Page(url, error=str(error) or type(error).__name__, seconds=time.monotonic() - started)
        finally:
            if fetcher is not None:
                fetcher.close()
        return Page(
            url,
            response.status,
            body=text,
            next_page=following,
            skew=_skew(response.headers),
            seconds=time.monotonic() - started,
            headers={name: response.headers[name] for name in _KEPT if name in response.headers},
        )


def _body(response: Response, until: float) -> str:
    """The whole body.

    :raises FetchError: it has no end, or none that comes soon enough.
    """
    body, buffer = bytearray(), memoryview(bytearray(_CHUNK))
    while True:
        count = response.readinto(buffer)
        if not count:
            return body.decode("utf-8", "replace")
        body += buffer[:count]
        if len(body) > _MOST_BYTES:
            raise FetchError(f"the answer is longer than {_MOST_BYTES >> 20} MiB")
        if time.monotonic() > until:
            raise FetchError(f"the answer is not whole after {_LONGEST} times the limit for a silent server")


def _skew(response: Mapping[str, str]) -> float | None:
    # With "age" it is out of a cache, with the time at which it was put there.
    then = None if "age" in response else headers.moment(response.get("date", ""))
    return None if then is None else then - time.time()


def _next(url: str, link: str) -> str:
    """Where the next page is; "" if this is the last.

    :raises FetchError: the header does not say it.
    """
    address = headers.next_page(link)
    if not address:
        return ""
    try:
        found = urljoin(url, address)
        if urlsplit(found).port == 0:
            raise ValueError("no port has the number 0")
    except ValueError as error:
        raise FetchError(f"{urlsplit(url).hostname} answered with the header Link: {shown(link)} ({error})") from error
    return found
