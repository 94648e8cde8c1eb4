# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print as JSON what a test container needs to reach what this machine reaches.

``volumes``: this machine's CA bundle, its effective pip configuration as the container's /etc/pip.conf, and the folders
that this configuration points at; all read-only. ``env``: the CA bundle's and the proxies' variables. ``mtu``: that of
the way out of this machine, which a container network must not exceed.

Usage: node_settings.py FOLDER_FOR_THE_PIP_CONF
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping
from urllib.parse import unquote, urlsplit

# Settings that say where packages come from, as opposed to how this machine installs them.
SOURCES = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "cert",
    "client-cert",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
)
CA_IN_NODE = "/etc/ssl/host-ca.crt"
CA_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def pip_settings(listing: str) -> dict[str, str]:
    """Merge the lines of ``pip config list``: environment over ``[install]`` over ``[global]``.

    :param listing: lines such as ``global.find-links='/opt/wheels'``.
    :returns: name without section -> value, for what says where packages come from.
    """
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        match = re.match(r"(global|install|:env:)\.([a-z-]+)=(.*)", line)
        if match and match[2] in SOURCES:
            sections[match[1]][match[2]] = str(ast.literal_eval(match[3]))
    return {**sections["global"], **sections["install"], **sections[":env:"]}


def folders(value: str) -> list[str]:
    """Name the local folders that a setting points at (by path or ``file:`` URL)."""
    found = []
    for word in value.split():
        path = unquote(urlsplit(word).path) if word.startswith("file:") else word
        if path.startswith("/") and Path(path).exists():
            # The files of a PEP 503 index mostly lie beside its `simple`.
            folder = Path(path.rstrip("/"))
            found.append(str(folder.parent if folder.name == "simple" else folder))
    return found


def ca_bundle(settings: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Find the bundle that this machine trusts; "" if there is none."""
    named = [environment.get(variable, "") for variable in CA_VARIABLES] + [settings.get("cert", "")]
    return next((path for path in [*named, *CA_BUNDLES] if path and Path(path).is_file()), "")


def default_mtu() -> int:
    """Return the MTU of the interface of the default route."""
    for line in Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]:
        device, destination, *_rest = line.split()
        if destination == "00000000":
            return int(Path(f"/sys/class/net/{device}/mtu").read_text(encoding="ascii"))
    return 1500


def node_settings(settings: dict[str, str], environment: Mapping[str, str], conf: Path) -> dict[str, Any]:
    """Compose the settings, writing ``conf``, the containers' /etc/pip.conf."""
    volumes: dict[str, str] = {}
    env = {name: environment[name] for name in PROXIES if name in environment}
    bundle = ca_bundle(settings, environment)
    if bundle:
        volumes[str(Path(bundle).resolve())] = CA_IN_NODE
        env.update(dict.fromkeys(CA_VARIABLES, CA_IN_NODE))
        settings["cert"] = CA_IN_NODE
    for name in ("index-url", "extra-index-url", "find-links", "client-cert"):
        volumes.update({path: path for path in folders(settings.get(name, ""))})
    lines = [f"{name} = " + "\n    ".join(value.split()) for name, value in sorted(settings.items())]
    text = "\n".join(["[global]", *lines, ""])
    # In place (not renamed), because running containers have this very file mounted; and only when it changes, because
    # one of them may be reading it.
    if not conf.exists() or conf.read_text(encoding="utf-8") != text:
        conf.write_text(text, encoding="utf-8")
    volumes[str(conf)] = "/etc/pip.conf"
    return {
        "volumes": [f"{outside}:{inside}:ro" for outside, inside in sorted(volumes.items())],
        "env": env,
        "mtu": default_mtu(),
    }


def main() -> None:
    """Ask pip for its configuration and print the settings."""
    build = Path(sys.argv[1]).resolve()
    build.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-I", "-m", "pip", "config", "list"]
    listing = subprocess.run(pip, check=True, capture_output=True, text=True).stdout
    print(json.dumps(node_settings(pip_settings(listing), os.environ, build / "node-pip.conf")))


if __name__ == "__main__":
    main()
