# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities and certificates for servers of this machine, made by openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Authority:
    """An authority of our own.

    :ivar file: its certificate.
    :ivar folder: the same as OpenSSL looks it up in a folder.
    :ivar server: a file with a certificate for 127.0.0.1 and localhost that it signed, and its key.
    """

    file: Path
    folder: Path
    server: Path


def make(folder: Path) -> Authority:
    """Make an authority and a server's certificate in a new folder."""
    hashed = folder / "hashed"
    hashed.mkdir(parents=True)
    key, own = folder / "authority.key", folder / "authority.pem"
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={folder.name}",
             "-keyout", str(key), "-out", str(own))  # fmt: skip
    (hashed / "authority.pem").write_bytes(own.read_bytes())
    _openssl("rehash", str(hashed))
    request, signed, server_key = folder / "server.csr", folder / "server.crt", folder / "server.key"
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", str(server_key),
             "-out", str(request))  # fmt: skip
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n")
    _openssl("x509", "-req", "-days", "2", "-in", str(request), "-CA", str(own), "-CAkey", str(key), "-CAcreateserial",
             "-extfile", str(extensions), "-out", str(signed))  # fmt: skip
    both = folder / "server.pem"
    both.write_bytes(signed.read_bytes() + server_key.read_bytes())
    return Authority(own, hashed, both)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
