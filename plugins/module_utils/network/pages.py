# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers one question each, with a time limit, and says what came of it instead of raising."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Mapping
from urllib.parse import urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.network.http import Fetcher, FetchError, Response
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust

_AGENT = "portable.model_env"
_MOST_BYTES = 64 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Page:
    """What a server said.

    :ivar status: HTTP status; 0: it did not answer, and ``error`` says why.
    :ivar error: ``dns``, ``refused``, ``timeout``, ``tls: ...``, ``proxy`` or a sentence; "" with an answer.
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


class PageReader:
    """Makes single requests; may be used from many threads at once.

    :param trust: how the network is reached.
    :param timeout: seconds without a byte after which a server counts as silent.
    """

    def __init__(self, trust: Trust, timeout: float) -> None:
        self._trust = trust
        self._timeout = timeout

    def get(
        self, url: str, *, accept: str = "*/*", headers: Mapping[str, str] | None = None, body: bool = True
    ) -> Page:
        """Ask for ``url``; never raises for what it finds.

        :param headers: for this server only, not where it redirects to.
        :param body: read it, too; what an error says is left unread.
        """
        started = time.monotonic()
        fetcher: Fetcher | None = None
        try:
            if urlsplit(url).scheme not in ("http", "https"):
                raise FetchError(f"{urlsplit(url).scheme}: is no scheme that is asked over the network")
            fetcher = Fetcher(headers or {}, url, self._trust, self._timeout, _AGENT, accept)
            response = fetcher.get(url)
            text = _body(response) if body and response.status == 200 else ""
        except FetchError as error:
            return Page(url, error=error.fault, seconds=time.monotonic() - started)
        except (ValueError, OSError) as error:  # an address or a name that is none
            return Page(url, error=str(error) or type(error).__name__, seconds=time.monotonic() - started)
        finally:
            if fetcher is not None:
                fetcher.close()
        seconds = time.monotonic() - started
        return Page(
            url, response.status, "", text, _next(response.headers.get("link", "")), _skew(response.headers), seconds
        )


def _body(response: Response) -> str:
    body, buffer = bytearray(), memoryview(bytearray(_CHUNK))
    while len(body) < _MOST_BYTES:
        count = response.readinto(buffer)
        if not count:
            break
        body += buffer[:count]
    return body.decode("utf-8", "replace")


def _skew(headers: Mapping[str, str]) -> float | None:
    if "age" in headers:  # out of a cache, with the time at which it was put there
        return None
    try:
        return email.utils.parsedate_to_datetime(headers["date"]).timestamp() - time.time()
    except (KeyError, TypeError, ValueError):
        return None


def _next(link: str) -> str:
    for part in link.split(","):
        address, _semicolon, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().strip("<>")
    return ""
