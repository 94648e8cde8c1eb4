# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers each request as a test says, however little sense that makes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What is sent.

    :ivar body: JSON, bytes, or pieces that are sent as they come, after which the connection is closed.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def pieces(self) -> Iterable[bytes]:
        """The body, as it is sent."""
        if isinstance(self.body, Iterator):
            return self.body
        return [self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()]


class Answering:
    """A server of this machine; a context manager.

    :ivar answer: what is answered to a path with its query.
    :ivar requests: path and headers (names in lower case) of each request.
    """

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_arguments: None  # type: ignore[method-assign]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def drip(self, piece: bytes, seconds: float) -> Iterator[bytes]:
        """The same few bytes again and again, until nobody listens or the server ends."""
        while not self._over.wait(seconds):
            yield piece

    def __enter__(self) -> Answering:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(server: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet."""

        def do_HEAD(self) -> None:
            """Answer without a body."""
            self.do_GET()

        def do_GET(self) -> None:
            """Answer."""
            server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = server.answer(self.path)
            whole = not isinstance(answer.body, Iterator)
            self.send_response(answer.status)
            pieces = answer.pieces()
            if whole:
                self.send_header("Content-Length", str(sum(map(len, pieces))))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                for piece in pieces if self.command != "HEAD" else ():
                    self.wfile.write(piece)
                    self.wfile.flush()
            self.close_connection = self.close_connection or not whole

    return Handler
