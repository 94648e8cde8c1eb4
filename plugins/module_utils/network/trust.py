# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this node reaches the network: authorities, client certificate, proxies, logins. Decided once, for all who ask.

Installers, git and huggingface_hub get the answer as environment variables, our own requests as an object. See
docs/network.md for the order. ``ansible.module_utils.urls`` does not serve here: it adds certificates from folders that
pip, uv and git do not read, knows no ``trusted-host`` and leaves proxies to urllib, which has no address ranges and no
ports in NO_PROXY. What it says would not be what an installer can do.
"""

from __future__ import annotations

import base64
import netrc
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret, conceal
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config_files, proxies
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings
from ansible_collections.portable.model_env.plugins.module_utils.network.proxies import Proxies

_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in order of precedence, after pip's cert
_FOLDER = "SSL_CERT_DIR"  # the last
_CLIENT = "SSL_CLIENT_CERT"  # after pip's client-cert
VARIABLES = frozenset([*_FILES, _FOLDER, _CLIENT, *proxies.VARIABLES, *(name.upper() for name in proxies.VARIABLES)])
"""Variables that decide how the network is reached; set for a whole node, never for one program alone."""

# Where distributions keep the authorities of the operating system: Debian, Red Hat (two), SUSE, Alpine.
_OF_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class Trust:
    """The one answer.

    :ivar authorities: path of the file (or folder) of the authorities that count; "": the operating system keeps none
        where they are known to be, so each program falls back to its own.
    :ivar named_by: the setting that names ``authorities``; "": nothing does, and they are the operating system's.
    :ivar client_certificate: path of a file with certificate and key; "": none.
    :ivar trusted_hosts: ``host`` or ``host:port`` of package servers whose certificate is not verified.
    :ivar netrc: path of the file with logins.
    """

    authorities: str = ""
    named_by: str = ""
    client_certificate: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxies: Proxies = field(default_factory=Proxies)
    netrc: str = ""

    def for_hub(self) -> Trust:
        """What counts for the Hub: pip's trusted hosts and client certificate are for servers of packages alone.

        Its client has no way to take them, and what it cannot do our own requests must not do. A login of the netrc
        file is sent to the Hub's address (see :meth:`login`), and to no server that it redirects to.
        """
        return replace(self, trusted_hosts=(), client_certificate="", netrc="")

    def context(self, url: str) -> ssl.SSLContext:
        """How the server's certificate is verified, and the client certificate that it is shown."""
        folder = os.path.isdir(self.authorities)
        context = ssl.create_default_context(
            cafile=None if folder else self.authorities or None, capath=self.authorities if folder else None
        )
        if self.trusts_blindly(url):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.client_certificate:
            context.load_cert_chain(self.client_certificate)
        return context

    def trusts_blindly(self, url: str) -> bool:
        """Whether the server's certificate is not verified, because pip's configuration lists it as a trusted host."""
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2].lower()
        return bool({parts.hostname, place} & {host.lower() for host in self.trusted_hosts})

    def login(self, url: str) -> Secret:
        """``user:password`` for a server, of its address or else of the netrc file; empty for none.

        A netrc file that is not there or cannot be read holds no logins, as for pip and git.
        """
        parts = urlsplit(url)
        userinfo = parts.netloc.rpartition("@")[0]
        if userinfo:
            return _login(unquote(userinfo))
        found = _logins(self.netrc)
        user, password = found.get(parts.hostname or "") or found.get("default") or ("", "")
        return _login(f"{user}:{password}" if user or password else "")

    def environment(self, environ: Mapping[str, str], urls: Iterable[str] = ()) -> dict[str, str]:
        """``environ`` with this answer in the variables of pip, uv, requests, httpx, curl and git, and no other.

        git's own GIT_SSL_* win for git, where they are set; its configuration is the business of the node.

        :param urls: addresses that the program will ask, as far as they are known.
        """
        kept = {name: value for name, value in environ.items() if name not in VARIABLES}
        for name, value in self._for_git().items():
            kept.setdefault(name, value)
        path, folder = self.authorities, os.path.isdir(self.authorities)
        values = {
            "SSL_CERT_FILE": "" if folder else path,
            "SSL_CERT_DIR": path if folder else "",
            "REQUESTS_CA_BUNDLE": path,
            "CURL_CA_BUNDLE": "" if folder else path,
            "PIP_CERT": path,
            "PIP_CLIENT_CERT": self.client_certificate,
            _CLIENT: self.client_certificate,
            "PIP_TRUSTED_HOST": " ".join(self.trusted_hosts),
            "UV_INSECURE_HOST": " ".join(self.trusted_hosts),
            **self.proxies.environment(urls),
        }
        return {**kept, **{name: value for name, value in values.items() if value}}

    def _for_git(self) -> dict[str, str]:
        found = {}
        if self.named_by:  # git finds the operating system's on its own, and may have been told others
            found["GIT_SSL_CAPATH" if os.path.isdir(self.authorities) else "GIT_SSL_CAINFO"] = self.authorities
        if self.client_certificate:
            found.update(GIT_SSL_CERT=self.client_certificate, GIT_SSL_KEY=self.client_certificate)
        return found


def basic(login: Secret) -> str:
    """The header ``Authorization`` for a ``user:password``; "" for an empty one."""
    return "Basic " + base64.b64encode(login.reveal().encode()).decode() if login else ""


def _logins(path: str) -> dict[str, tuple[str, str]]:
    """User and password by host, of a netrc file; they are masked from now on, whoever reads them there, too."""
    try:
        hosts = netrc.netrc(path).hosts if path else {}
    except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
        return {}
    found = {host: (user, password or "") for host, (user, _account, password) in hosts.items()}
    conceal(*(password for _user, password in found.values()))
    return found


def _login(text: str) -> Secret:
    conceal(text.partition(":")[2])
    return Secret(text)


def decide(environ: Mapping[str, str], settings: SourceSettings | None = None) -> Trust:
    """How the network is reached, in an environment.

    :param environ: of the node, PIP_* included.
    :param settings: pip's configuration, PIP_* included; None: it is read.
    :raises ModelEnvError: kind ``invalid``; the setting that counts names what cannot be used. Settings of lower
        precedence are not looked at.
    """
    pip = pip_config_files.read(environ) if settings is None else settings
    authorities, named_by = _authorities(environ, pip)
    client, client_named_by = pip.client_cert, "client-cert of pip's configuration"
    if not client:
        client, client_named_by = environ.get(_CLIENT, ""), _CLIENT
    if client:
        _refuse_unusable_client(client_named_by, client)
    home = environ.get("HOME") or os.path.expanduser("~")
    logins = environ.get("NETRC") or os.path.join(home, ".netrc")
    _logins(logins)
    return Trust(
        authorities,
        named_by,
        client,
        pip.trusted_hosts,
        proxies.read(environ, pip.proxy),
        logins,
    )


def _authorities(environ: Mapping[str, str], pip: SourceSettings) -> tuple[str, str]:
    own = "PIP_CERT" if environ.get("PIP_CERT") == pip.cert else "cert of pip's configuration"
    named = [(own, pip.cert), *((name, environ.get(name, "")) for name in (*_FILES, _FOLDER))]
    for name, path in named:
        if path:
            _refuse_unusable(name, path)
            return path, name
    known = (*_OF_SYSTEM, ssl.get_default_verify_paths().openssl_cafile)
    return next((path for path in known if os.path.isfile(path)), ""), ""


def _refuse_unusable(name: str, path: str) -> None:
    if os.path.isdir(path):
        return
    if name == _FOLDER:
        why = "it names several folders, and pip and git take one" if os.pathsep in path else "there is no such folder"
        raise _unusable(name, path, why)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise _unusable(name, path, "it holds no certificate in PEM form") from error
    except OSError as error:
        raise _unusable(name, path, error.strerror or str(error)) from error


def _refuse_unusable_client(name: str, path: str) -> None:
    try:
        # Nobody is there to type the password of a key.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path, password=lambda: "")
    except ssl.SSLError as error:
        raise _unusable(name, path, "it does not hold a certificate and its key without a password") from error
    except OSError as error:
        raise _unusable(name, path, error.strerror or str(error)) from error


def _unusable(name: str, path: str, why: str) -> ModelEnvError:
    return ModelEnvError(
        f"{name} names {path}, which cannot be used",
        why=why,
        todo=f"correct {name} on the node, or unset it; docs/network.md says what counts then",
        kind="invalid",
    )
