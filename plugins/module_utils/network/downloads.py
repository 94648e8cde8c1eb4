# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels over HTTP: is it there, what does a page list, and the download with its hash."""

from __future__ import annotations

import hashlib
import html
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName
from ansible_collections.portable.model_env.plugins.module_utils.network import headers
from ansible_collections.portable.model_env.plugins.module_utils.network.http import Fetcher, FetchError, Response
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust, decide

_T = TypeVar("_T")
_AGENT = "portable.model_env"
_GONE = (404, 410)
_CHUNK = 1 << 20
_LARGEST_PAGE = 16 << 20  # bytes
_PAUSE = 1.0  # seconds before the second try, doubled for each further one
# Nothing of it crosses the beginning of another element: else a page of nothing but beginnings takes hours to read.
_LINK = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """One link of a page.

    :ivar url: absolute, without its fragment.
    :ivar name: its last part, decoded.
    :ivar folder: whether it ends with a slash.
    :ivar sha256: of the fragment (PEP 503); "" if there is none.
    """

    url: str
    name: FileName
    folder: bool
    sha256: str


class Downloader:
    """Asks servers for files and the pages that list them.

    :param environ: of the node; how the network is reached is decided when the first server is asked.
    :param timeout: seconds without a byte after which a connection counts as dead.
    :param tries: how often a fault of the network is met with another try.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        timeout: float = 20.0,
        tries: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._environ = environ
        self._trust: Trust | None = None
        self._timeout = timeout
        self._tries = tries
        self._sleep = sleep

    def exists(self, url: str) -> bool:
        """Whether a server has a file.

        Asks for the file itself and drops the connection: the storage that a release server redirects to may refuse
        anything but GET.

        :raises ModelEnvError: kind ``network``; it cannot be found out.
        """
        return self._ask(url, lambda _response: True) is not None

    def text(self, url: str, most: int = _LARGEST_PAGE) -> tuple[str, str] | None:
        """Address (after redirects) and content of a page; None: the server has none.

        :param most: bytes that it may have.
        :raises ModelEnvError: kind ``network``; it has more, too.
        """
        return self._ask(
            url, lambda response: (response.url, b"".join(_pieces(response, most)).decode("utf-8", "replace"))
        )

    def links(self, url: str) -> tuple[str, list[Link]] | None:
        """Address (after redirects) and links of a page; None: the server has none.

        A page is a listing of a folder, or of files with their hashes (PEP 503).

        A link that leads to no file or folder of a name is left out.

        :raises ModelEnvError: kind ``network``.
        """
        page = self.text(url)
        if page is None:
            return None
        address, content = page
        return address, links_of(address, content)

    def download(self, url: str, path: str, most: int) -> str | None:
        """Fetch a file to ``path``; its sha256, or None: the server has no such file.

        :param path: in a folder that nobody else writes into.
        :param most: bytes; of more no byte is written.
        :raises ModelEnvError: kind ``network``: it did not come whole, or is longer. kind ``io``, ``no_space``.
        """

        def save(response: Response) -> str:
            digest = hashlib.sha256()
            with filesystem.explained("the download cannot be written", path), open(path, "wb") as handle:
                for piece in _pieces(response, most):
                    digest.update(piece)
                    handle.write(piece)
                handle.flush()
                os.fsync(handle.fileno())
            return digest.hexdigest()

        return self._ask(url, save)

    def _ask(self, url: str, use: Callable[[Response], _T]) -> _T | None:
        self._trust = self._trust or decide(self._environ)
        trouble = ""
        for attempt in range(self._tries):
            if attempt:
                self._sleep(_PAUSE * 2 ** (attempt - 1))
            fetcher = Fetcher({}, url, self._trust, self._timeout, _AGENT)
            try:
                response = fetcher.get(url)
                if response.status in _GONE:
                    return None
                if response.status == 200:
                    return use(response)
                trouble = f"the server answered {response.status}"
                if response.status < 500 and response.status != 429:
                    break
            except FetchError as error:
                trouble = str(error)
            finally:
                fetcher.close()
        raise ModelEnvError(
            "the server cannot be used",
            where=url,
            why=trouble,
            todo="check the address, the network and the proxy of the node",
            kind="network",
        )


def _pieces(response: Response, most: int) -> Iterator[bytes]:
    """The whole body, piece by piece.

    :raises FetchError: it did not come whole, or is longer than ``most`` bytes.
    """
    promised = headers.number(response.headers.get("content-length", ""))
    buffer = memoryview(bytearray(_CHUNK))
    came = 0
    while True:
        count = response.readinto(buffer)
        if not count:
            break
        came += count
        if came > most:
            raise FetchError(f"more than the {most} bytes came that it may have")
        yield bytes(buffer[:count])
    if promised is not None and came < promised:
        raise FetchError(f"the connection was closed after {came} of {promised} bytes")


def links_of(address: str, page: str) -> list[Link]:
    """The links of a page that lead to a file or folder of a name.

    :param address: of the page.
    """
    found = (link_of(address, html.unescape(match[1])) for match in _LINK.finditer(page))
    return [link for link in found if link is not None]


def link_of(page: str, reference: str) -> Link | None:
    """Where a reference on a page leads; None: to nothing that has a name.

    :param page: its address.
    """
    try:
        parts = urlsplit(urljoin(page, reference))
        path, folder = (parts.path[:-1], True) if parts.path.endswith("/") else (parts.path, False)
        name = FileName.parse(unquote(path.rpartition("/")[2]))
    except ValueError:  # no address, or no name after decoding
        return None
    sha256 = re.search(r"(?:^|&)sha256=([0-9a-fA-F]{64})", parts.fragment)
    return Link(parts._replace(fragment="").geturl(), name, folder, sha256[1].lower() if sha256 else "")
