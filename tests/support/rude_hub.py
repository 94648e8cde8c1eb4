# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Hub that repeats the secrets that it is sent, and sends what a terminal would obey."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "a" * 40
# Sets the title, clears the screen, and forges a line of Ansible's; then with C1 controls, and backwards.
ESCAPES = "\x1b]0;title\x07\x1b[2J\x1b[1;1H\x1b[32mok: [n1]\x1b[0m \x9b2J \u202ekcab"
_CONTENT = b"x"
_BLOB = hashlib.sha1(b"blob 1\0" + _CONTENT, usedforsecurity=False).hexdigest()


class RudeHub(ThreadingHTTPServer):
    """One repository with one file ``a``.

    :ivar listed: whether the repository is listed, or the listing answered with 503.
    """

    daemon_threads = True
    listed = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Address of the endpoint."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextlib.contextmanager
    def running(self) -> Iterator[RudeHub]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: RudeHub

    def do_GET(self) -> None:
        """Answer."""
        if "/api/" not in self.path:
            said = self.headers.get("Authorization", "nobody")
            self._answer(403, f"access denied for {said}, {said!r}\n{ESCAPES}\nok: [n1]".encode())
        elif not self.server.listed:
            self._answer(503, ESCAPES.encode(), {"X-Error-Message": ESCAPES.encode().decode("latin-1")})
        elif "/tree/" in self.path:
            self._answer(200, json.dumps([{"type": "file", "path": "a", "size": 1, "oid": _BLOB}]).encode())
        else:
            listing = {"id": "org/m", "sha": COMMIT, "siblings": [{"rfilename": "a"}]}
            self._answer(200, json.dumps(listing).encode())

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self.do_GET()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""
