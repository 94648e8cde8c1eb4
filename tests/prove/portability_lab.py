# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around the nodes of the portability matrix: images, a network without a way out, indexes, git, a hub."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.portable.model_env.tests.hub_server.client import HubServer
from ansible_collections.portable.model_env.tests.hub_server.content import make_file
from ansible_collections.portable.model_env.tests.prove import portability_stock as stock
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.nodes import inner_network
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT

NETWORK = "portable-model-env-proof"
FOLDER = CHECKOUT / ".build" / "portability"
# bookworm with a locale that is not UTF-8, and a library that moves the clock.
ODD = """
FROM portable-model-env/bookworm
RUN apt-get update -q \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends locales faketime \\
 && localedef -i de_DE -f ISO-8859-1 de_DE.ISO-8859-1
"""
# The name of the index with a certificate: pip 26.0.1 and an address instead of a name make a ValueError in ssl.
SECURE = "index.test"
MODEL_BYTES = 3 << 20
_DEVPI_SECONDS = 300


@dataclass(frozen=True)
class Lab:
    """What the nodes find around them.

    :ivar address: of this machine in the nodes' network.
    :ivar index: plain index and git server.
    :ivar secure: the same packages, behind a certificate of an authority that nobody knows.
    :ivar devpi: URL of devpi-server's index; "" if it was not started.
    :ivar hub: URL of the hub.
    :ivar model: commit of the hub's repository.
    :ivar commits: of the git repositories.
    """

    address: str
    index: str
    git: str
    secure: str
    devpi: str
    hub: str
    model: str
    commits: dict[str, str]


@contextmanager
def laboratory(with_devpi: bool) -> Iterator[Lab]:
    """Start everything; it ends with the block."""
    content = FOLDER / "index"
    stock.fetch(content / "wheels")
    stock.make(content / "wheels")
    stock.shelf(FOLDER / "shelf")
    stock.tree(FOLDER / "sources")
    stock.stray(FOLDER / "stray")
    with ExitStack() as stack:
        address = stack.enter_context(inner_network(NETWORK))
        certificate = certificates(FOLDER / "tls")
        index = stack.enter_context(Index(content, address=address).running())
        secure = stack.enter_context(Index(content, address=address, certificate=str(certificate)).running())
        model = FOLDER / "hub" / "models" / "acme" / "model" / "v1" / "model.safetensors"
        make_file(model, MODEL_BYTES, "model")
        hub = stack.enter_context(HubServer(FOLDER / "hub", bind=address))
        devpi = stack.enter_context(_devpi(address, content / "wheels")) if with_devpi else ""
        trusted = f"https://{SECURE}:{secure.port}/simple/"
        for name, line in {
            "plain": f"index-url = {index.simple}\ntrusted-host = {address}\n",
            "devpi": f"index-url = {devpi}\ntrusted-host = {address}\n",
            "secure": f"index-url = {trusted}\nfind-links = /srv/shelf\ncert = /etc/ssl/proof/ca.pem\n",
        }.items():
            (FOLDER / f"{name}.conf").write_text(f"[global]\n{line}")
        commit = hub.commit("model", "acme/model")
        commits = stock.repositories(content)
        yield Lab(address, index.simple, f"{index.url}/git", trusted, devpi, hub.url, commit, commits)


def images(wanted: set[str]) -> None:
    """Have the images of the nodes."""
    bases = sorted(wanted - {"odd"} | ({"bookworm"} if "odd" in wanted else set()))
    subprocess.run([str(CHECKOUT / "scripts" / "base-images"), *bases], check=True)
    if "odd" in wanted:
        environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
        build = ["docker", "build", "--quiet", "--network", "host", "--tag", "portable-model-env/odd", "-"]
        subprocess.run(build, input=ODD, text=True, check=True, env=environment, stdout=subprocess.DEVNULL)


def certificates(folder: Path) -> Path:
    """Make an authority, ``ca.pem``, and a certificate of its for ``SECURE``; returns the path of the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    chain, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    new = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new, "-days", "2", "-subj", "/CN=Proof CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *new, "-subj", f"/CN={SECURE}", "-keyout", str(key), "-out", str(request))
    (folder / "names").write_text(f"subjectAltName=DNS:{SECURE}\n")
    sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    openssl("x509", "-req", "-in", str(request), *sign, "-out", str(chain))
    chain.write_text(chain.read_text() + key.read_text())
    return chain


@contextmanager
def _devpi(address: str, wheels: Path) -> Iterator[str]:
    """devpi-server with one index of its own, which has nothing behind it; yields its URL."""
    environment = {**os.environ, "VENV": str(CHECKOUT / ".build" / "devpi"), "PYTHON": sys.executable}
    subprocess.run([str(CHECKOUT / "scripts" / "venv"), "proof"], check=True, env=environment)
    commands = CHECKOUT / ".build" / "devpi" / "bin"
    data = FOLDER / "devpi"
    state = ["--serverdir", str(data)]
    if not data.exists():
        init = [str(commands / "devpi-init"), *state, "--no-root-pypi", "--root-passwd", "proof"]
        subprocess.run(init, check=True, capture_output=True)
    # Offline: it must not even look for another index.
    argv = [str(commands / "devpi-server"), *state, "--host", address, "--port", "3141", "--offline-mode"]
    with open(FOLDER / "devpi.log", "w") as log, subprocess.Popen(argv, stdout=log, stderr=log) as server:
        try:
            yield _stocked(f"http://{address}:3141", wheels)
        finally:
            server.terminate()


def _stocked(url: str, wheels: Path) -> str:
    """Wait for devpi-server and upload what its index lacks."""
    deadline = time.monotonic() + _DEVPI_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/+api").close()
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    index = f"{url}/root/offline"
    try:
        urllib.request.urlopen(index).close()
    except urllib.error.HTTPError:
        _send("PUT", index, json.dumps({"type": "stage", "bases": []}).encode(), "application/json")
    for path in sorted(wheels.glob("[!.]*")):
        name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
        if f">{path.name}<" not in _page(f"{index}/+simple/{name.replace('_', '-').lower()}/"):
            boundary = "portable-model-env"
            part = f"--{boundary}\r\nContent-Disposition: form-data; name="
            fields = {":action": "file_upload", "name": name, "version": version}
            parts = [f'{part}"{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
            head = f'{part}"content"; filename="{path.name}"\r\n\r\n'
            body = "".join([*parts, head]).encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
            _send("POST", f"{index}/", body, f"multipart/form-data; boundary={boundary}")
    return f"{index}/+simple/"


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url) as answer:
            return str(answer.read(), "utf-8")
    except urllib.error.HTTPError:
        return ""


def _send(method: str, url: str, body: bytes, kind: str) -> None:
    who = base64.b64encode(b"root:proof").decode()
    headers = {"Authorization": f"Basic {who}", "Content-Type": kind}
    urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)).close()
