# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that speaks the Hub's API, with a CDN beside it on a port of its own, and faults on demand.

Real huggingface_hub clients run against it (``tests/prove/hub_clients.py``), which shows that it speaks the protocol.

    python server.py --data FOLDER [--port N] [--cdn-port N] [--bind ADDRESS] [--cdn-url URL] [--sndbuf BYTES]

It prints one line of JSON, ``{"hub": URL, "cdn": URL}``, when it listens. ``/__control__/`` takes ``faults`` (POST, a
list) and ``reset`` (POST: forget counts and contents), and answers ``stats`` (GET).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from hub_server.content import Blob, Repo, Store  # type: ignore[import-not-found,unused-ignore]
from hub_server.faults import Faults  # type: ignore[import-not-found,unused-ignore]

_API = re.compile(r"/api/(model|dataset|space)s/([^/]+/[^/]+?)(?:/(revision|tree|auth-check|paths-info)(?:/(.*))?)?\Z")
_RESOLVE = re.compile(r"/(?:(dataset|space)s/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)\Z")
_PAGE = 1000
_SECRET = "fixture"


class Fixture(ThreadingHTTPServer):
    """State that both listeners share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], shared: Shared, role: str) -> None:
        self.shared = shared
        self.role = role
        super().__init__(address, Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept, with a small send buffer if wanted, so that bytes counted as sent are nearly bytes received."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.shared.sndbuf:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.shared.sndbuf)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""


class Shared:
    """What is served, what goes wrong, and what was asked."""

    def __init__(self, data: Path, sndbuf: int) -> None:
        self.store = Store(data)
        self.faults = Faults()
        self.sndbuf = sndbuf
        self.cdn_url = ""
        self.epoch = 0
        self.lock = threading.Lock()
        self.requests: list[dict[str, Any]] = []

    def record(self, entry: dict[str, Any]) -> None:
        """Remember a request."""
        with self.lock:
            self.requests.append(entry)

    def stats(self) -> dict[str, Any]:
        """What was asked and sent since the last reset."""
        with self.lock:
            requests = [dict(entry) for entry in self.requests]
        sent: dict[str, int] = {}
        for entry in requests:
            if entry["file"]:
                sent[entry["file"]] = sent.get(entry["file"], 0) + entry["sent"]
        return {
            "requests": requests,
            "sent": sent,
            "sent_total": sum(sent.values()),
            "cdn_saw_token": any(entry["role"] == "cdn" and entry["token"] for entry in requests),
            "faults": self.faults.used(),
        }


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Fixture

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""

    def do_GET(self) -> None:
        """Answer."""
        self._handle()

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._handle()

    def do_POST(self) -> None:
        """Answer."""
        self._handle()

    def _handle(self) -> None:
        url = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(url.path)
        if path.startswith("/__control__/"):
            self._control(path.rpartition("/")[2])
            return
        self.entry: dict[str, Any] = {
            "role": self.server.role,
            "method": self.command,
            "path": path,
            "range": self.headers.get("Range") or "",
            "token": bool(self.headers.get("Authorization")),
            "status": 0,
            "sent": 0,
            "file": "",
        }
        self.server.shared.record(self.entry)
        if self.server.role == "cdn":
            self._cdn(path)
        elif match := _API.match(path):
            self._api(match)
        elif match := _RESOLVE.match(path):
            self._resolve(match.group(1) or "model", match.group(2), match.group(3), match.group(4))
        elif path == "/api/whoami-v2":
            self._json(200, {"name": "fixture", "type": "user"})
        else:
            self._error(404, "", "no such page")

    # ---- answers

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.entry["status"] = status
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(data).encode())

    def _error(self, status: int, code: str, message: str) -> None:
        headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}
        self._json(status, {"error": message}, headers)

    def _faulty_status(self, where: str, path: str) -> bool:
        fault = self.server.shared.faults.take(where, path, ("status",))
        if fault:
            self._send(fault["status"], fault.get("headers", {}), b"fault on demand")
        return bool(fault)

    # ---- the Hub

    def _allowed(self, repo: Repo | None, *, content: bool) -> bool:
        """Answer as the Hub does for what a token may not see; true if it may."""
        token = (self.headers.get("Authorization") or "").partition(" ")[2]
        if repo is None or (repo.private and token not in repo.tokens):
            self._error(404 if token else 401, "RepoNotFound", "Repository not found")
            return False
        if content and repo.gated and token not in repo.tokens:
            self._error(403 if token else 401, "GatedRepo", "Access to this repository is restricted")
            return False
        return True

    def _api(self, match: re.Match[str]) -> None:
        kind, name, verb, rest = match.groups()
        if self._faulty_status("api", f"{verb or 'info'}"):
            return
        repo = self.server.shared.store.repo(kind, name)
        if not self._allowed(repo, content=verb == "auth-check"):
            return
        assert repo is not None
        revision, _slash, below = (rest or "main").partition("/")
        commit = repo.commit(revision)
        if commit is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        elif verb == "tree":
            self._tree(repo, commit, below)
        elif verb == "paths-info":
            wanted = json.loads(self.body or b"{}").get("paths", [])
            self._json(200, [_listed(blob) for path, blob in repo.commits[commit].items() if path in wanted])
        else:
            named = [] if "expand" in self.query else repo.commits[commit]
            siblings = [{"rfilename": path} for path in named]
            info = {"_id": commit[:24], "id": name, "sha": commit, "siblings": siblings, "private": repo.private}
            self._json(
                200,
                {**info, "modelId": name, "gated": "manual" if repo.gated else False, "disabled": False, "tags": []},
            )

    def _tree(self, repo: Repo, commit: str, below: str) -> None:
        """The tree in pages, as the Hub gives it, with its folders."""
        blobs = repo.commits[commit]
        folders = {path.rpartition("/")[0] for path in blobs if "/" in path}
        entries: list[dict[str, Any]] = [
            {"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders
        ]
        entries += [_listed(blob) for blob in blobs.values()]
        entries = sorted((e for e in entries if e["path"].startswith(below)), key=lambda entry: entry["path"])
        first = int(self.query.get("cursor", "0"))
        headers = {}
        if first + _PAGE < len(entries):
            host = self.headers["Host"]
            link = f"http://{host}{quote(urlsplit(self.path).path)}?recursive=true&cursor={first + _PAGE}"
            headers["Link"] = f'<{link}>; rel="next"'
        self._json(200, entries[first : first + _PAGE], headers)

    def _resolve(self, kind: str, name: str, revision: str, path: str) -> None:
        shared = self.server.shared
        self.entry["file"] = path
        if self._faulty_status("hub", path):
            return
        repo = shared.store.repo(kind, name)
        if not self._allowed(repo, content=True):
            return
        assert repo is not None
        commit = repo.commit(revision)
        if commit is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return
        blob = repo.commits[commit].get(path)
        if blob is None:
            self._error(404, "EntryNotFound", "Entry not found")
            return
        changed = bool(shared.faults.take("hub", path, ("changed",)))
        etag = ("f" * len(blob.etag)) if changed else blob.etag
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if not blob.lfs:
            self._bytes(blob, headers, "hub")
            return
        headers["X-Linked-ETag"], headers["X-Linked-Size"] = f'"{etag}"', str(blob.size)
        with shared.lock:
            epoch = shared.epoch
        signature = hashlib.sha256(f"{_SECRET} {blob.source} {epoch}".encode()).hexdigest()[:32]
        where = f"{shared.cdn_url}{quote(str(blob.source))}?epoch={epoch}&signature={signature}&path={quote(path)}"
        self._send(302, {**headers, "Location": where})

    # ---- the CDN

    def _cdn(self, path: str) -> None:
        shared, name = self.server.shared, self.query.get("path", "")
        self.entry["file"] = name
        if shared.faults.take("cdn", name, ("expire",)):
            with shared.lock:
                shared.epoch += 1
        with shared.lock:
            epoch = shared.epoch
        good = hashlib.sha256(f"{_SECRET} {path} {epoch}".encode()).hexdigest()[:32]
        if self.query.get("signature") != good:
            self._send(403, {}, b"AccessDenied: Request has expired")
            return
        if self._faulty_status("cdn", name):
            return
        blob = Blob(name, Path(path), os.stat(path).st_size, "", "")
        # A CDN's ETag is not the Hub's.
        self._bytes(blob, {"ETag": '"cdn-0123456789abcdef"', "Accept-Ranges": "bytes"}, "cdn")

    def _bytes(self, blob: Blob, headers: dict[str, str], where: str) -> None:
        faults, size = self.server.shared.faults, blob.size
        match = re.match(r"bytes=(\d+)-(\d*)\Z", self.headers.get("Range") or "")
        start, end, status = 0, size, 200
        if match and not faults.take(where, blob.path, ("ignore_range",)):
            start, status = int(match.group(1)), 206
            end = min(int(match.group(2)) + 1 if match.group(2) else size, size)
            if start >= size:
                self._send(416, {"Content-Range": f"bytes */{size}"})
                return
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        self.entry["status"] = status
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(end - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._body(blob, start, end, where)

    def _body(self, blob: Blob, start: int, end: int, where: str) -> None:
        kinds = ("drop", "stall", "corrupt", "slow")
        fault = self.server.shared.faults.take(where, blob.path, kinds, start, end)
        kind, at = fault.get("kind", ""), fault.get("at", start)
        self.wfile.flush()
        with open(blob.source, "rb") as handle:
            if kind == "slow":
                self._slowly(handle.fileno(), start, end, fault["rate"])
                return
            if kind:
                self._copy(handle.fileno(), start, at)
                if kind == "corrupt":
                    self.connection.sendall(bytes([os.pread(handle.fileno(), 1, at)[0] ^ 0xFF]))
                    self.entry["sent"] += 1
                    at += 1
                else:
                    if kind == "stall":
                        time.sleep(fault["seconds"])
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
            self._copy(handle.fileno(), max(start, at), end)

    def _copy(self, source: int, start: int, end: int) -> None:
        while start < end:
            sent = os.sendfile(self.connection.fileno(), source, start, min(end - start, 1 << 20))
            if sent == 0:
                raise ConnectionError("the file is shorter than listed")
            self.entry["sent"] += sent
            start += sent

    def _slowly(self, source: int, start: int, end: int, rate: int) -> None:
        began, first = time.monotonic(), start
        while start < end:
            if not self.server.shared.faults.any("slow"):
                self._copy(source, start, end)
                return
            self._copy(source, start, min(start + (1 << 16), end))
            start = min(start + (1 << 16), end)
            time.sleep(max(0.0, (start - first) / rate - (time.monotonic() - began)))

    # ---- the switches

    def _control(self, verb: str) -> None:
        shared = self.server.shared
        self.entry = {}
        if verb == "faults":
            shared.faults.set(json.loads(self.body or b"[]"))
        elif verb == "reset":
            shared.store.reload()
            with shared.lock:
                shared.requests.clear()
        self._json(200, shared.stats() if verb == "stats" else {})


def _listed(blob: Blob) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": blob.path, "size": blob.size, "oid": blob.git_oid}
    if blob.lfs:
        entry["oid"] = hashlib.sha1(blob.sha256.encode()).hexdigest()
        entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": 134}
    return entry


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cdn-port", type=int, default=0)
    parser.add_argument("--cdn-url", default="")
    parser.add_argument("--sndbuf", type=int, default=0)
    given = parser.parse_args()
    shared = Shared(Path(given.data).resolve(), given.sndbuf)
    hub = Fixture((given.bind, given.port), shared, "hub")
    cdn = Fixture((given.bind, given.cdn_port), shared, "cdn")
    shared.cdn_url = given.cdn_url or f"http://{given.bind}:{cdn.server_port}"
    threading.Thread(target=cdn.serve_forever, daemon=True).start()
    print(json.dumps({"hub": f"http://{given.bind}:{hub.server_port}", "cdn": shared.cdn_url}), flush=True)
    hub.serve_forever()


if __name__ == "__main__":
    main()
