# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package index and git server on this machine that can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Fault:
    """What to do instead of answering, for requests whose path contains ``where``.

    :ivar status: answer with this HTTP status.
    :ivar cut: answer right, but close after so many bytes of the body.
    :ivar drip: seconds between two sixteenths of the body.
    :ivar spoil: answer with other bytes of the right length.
    :ivar hang: seconds of silence before the connection is closed.
    :ivar times: for how many requests; negative: for ever.
    """

    where: str
    status: int = 0
    cut: int = -1
    drip: float = 0.0
    spoil: bool = False
    hang: float = 0.0
    times: int = -1

    def send(self, body: bytes, stream: BufferedIOBase) -> bool:
        """Send a body as this fault has it; says whether the connection may be used again."""
        body = bytes(len(body)) if self.spoil else body
        whole = self.cut < 0
        body = body if whole else body[: self.cut]
        step = max(1, len(body) // 16) if self.drip else max(1, len(body))
        for start in range(0, len(body), step):
            time.sleep(self.drip)
            stream.write(body[start : start + step])
            stream.flush()
        return whole


class Index:
    """Serves ``<folder>/wheels`` as a simple index under ``/simple/`` and ``<folder>/git`` under ``/git/``.

    ``<folder>/house`` is served under ``/house/`` with listings of its folders.

    :param port: where to listen; 0: anywhere.
    :param address: of this machine, to listen at.
    :param certificate: file with a certificate and its key: speak TLS.
    :ivar context: how it speaks TLS, if it does; may be changed before a connection is made.
    :ivar requests: paths that were asked for, in order.
    :ivar faults: the misbehaviour; change it at any time.
    :ivar password: if set, everything needs ``user:<password>``.
    """

    def __init__(self, folder: Path, port: int = 0, address: str = "127.0.0.1", certificate: str = "") -> None:
        self.folder = folder
        self._address = address
        self._scheme = "https" if certificate else "http"
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        self.password = ""
        self.hashes = True
        self.sizes = False  # answer in JSON (PEP 691), which tells sizes, and hand out metadata (PEP 658)
        self._server = _Server((address, port), _handler(self))
        self.context: ssl.SSLContext | None = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
            self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True)

    @property
    def port(self) -> int:
        """Port that the server listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Base URL."""
        return f"{self._scheme}://{self._address}:{self.port}"

    @property
    def simple(self) -> str:
        """The index URL."""
        return f"{self.url}/simple/"

    def archives(self) -> list[Path]:
        """What the index offers."""
        wheels = self.folder / "wheels"
        return sorted(wheels.iterdir()) if wheels.is_dir() else []

    def fault(self, path: str) -> Fault | None:
        """The fault that applies to a request, used up by one."""
        for fault in self.faults:
            if fault.where in path and fault.times:
                fault.times -= 1
                return fault
        return None

    def start(self) -> None:
        """Serve, until :meth:`stop`."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def running(self) -> Iterator[Index]:
        """Serve until the block ends."""
        self.start()
        try:
            yield self
        finally:
            self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a connection that is dropped on a loaded machine is tried again only after a second

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


def _handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_GET(self) -> None:
            self._serve()

        def _serve(self) -> None:
            path = unquote(urlsplit(self.path).path)
            index.requests.append(path)
            wanted = "Basic " + base64.b64encode(f"user:{index.password}".encode()).decode()
            if index.password and self.headers.get("Authorization") != wanted:
                self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="index"'})
                return
            fault = index.fault(path)
            if fault and fault.hang:
                time.sleep(fault.hang)
                self.close_connection = True
                return
            if fault and fault.status:
                self._answer(fault.status, b"fault\n")
                return
            how = fault or Fault("")
            if path.startswith("/git/"):
                self._git(path)
            elif path.startswith("/simple/"):
                self._listing(path.removeprefix("/simple/").strip("/"), how)
            elif path.startswith("/files/"):
                self._file(index.folder / "wheels" / path.removeprefix("/files/"), how)
            elif path.startswith("/house/"):
                self._house(index.folder / path.strip("/"), how)
            else:
                self._answer(404, b"")

        def _listing(self, name: str, how: Fault) -> None:
            found = [p for p in index.archives() if _project(p.name) == name]
            if not found:
                self._answer(404, b"")
                return
            if index.sizes:
                files = [
                    {"filename": p.name, "url": f"/files/{p.name}", "size": p.stat().st_size, "core-metadata": True,
                     "hashes": {}}
                    for p in found
                ]  # fmt: skip
                page = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": files}).encode()
                self._answer(200, page, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, how)
                return
            links = []
            for path in found:
                fragment = f"#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}" if index.hashes else ""
                links.append(f'<a href="/files/{path.name}{fragment}">{path.name}</a><br>')
            self._answer(200, "\n".join(links).encode(), {"Content-Type": "text/html"}, how)

        def _house(self, path: Path, how: Fault) -> None:
            if path.is_dir():
                names = [entry.name + ("/" if entry.is_dir() else "") for entry in sorted(path.iterdir())]
                self._answer(200, "".join(f'<a href="{name}">{name}</a>' for name in names).encode())
            else:
                self._file(path, how)

        def _file(self, path: Path, how: Fault) -> None:
            if index.sizes and path.name.endswith(".whl.metadata"):
                with zipfile.ZipFile(path.with_suffix("")) as archive:
                    inside = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
                    self._answer(200, archive.read(inside), {}, how)
            elif path.is_file():
                self._answer(200, path.read_bytes(), {}, how)
            else:
                self._answer(404, b"")

        def _git(self, path: str) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(index.folder / "git"),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "PATH_INFO": path.removeprefix("/git"),
                "QUERY_STRING": parts.query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
            }
            done = subprocess.run(
                ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
            )
            head, _blank, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self._answer(int(headers.pop("Status", "200").split()[0]), content, headers)

        def _answer(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, how: Fault | None = None
        ) -> None:
            self.send_response(status)
            for key, value in (headers or {}).items():
                if key.lower() != "content-length":
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if not (how or Fault("")).send(body, self.wfile):
                self.close_connection = True

    return Handler


def _project(file_name: str) -> str:
    return file_name.split("-", maxsplit=1)[0].replace("_", "-").lower()
