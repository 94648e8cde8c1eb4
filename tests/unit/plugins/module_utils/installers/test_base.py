# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a node in the words of each installer."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers.pip import PipInstaller
from ansible_collections.portable.model_env.plugins.module_utils.installers.uv import UvInstaller
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings

PLAIN = SourceSettings(
    index_url="https://u:p@a/simple",
    extra_index_urls=("https://b/simple", "https://c/simple"),
    find_links=("/links", "https://d/links"),
    timeout="7",
    retries="2",
)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A certificate and its key in one file."""
    path = tmp_path_factory.mktemp("pem") / "both.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "-", "-out", "-"]
    path.write_bytes(subprocess.run(argv, check=True, capture_output=True).stdout)
    return str(path)


@pytest.fixture
def full(pem: str) -> SourceSettings:
    return replace(PLAIN, trusted_hosts=("a", "b:8080"), cert=pem, client_cert=pem, proxy="http://proxy:3128")


def test_all_sources_in_pips_words(full: SourceSettings, pem: str) -> None:
    found = PipInstaller.variables({}, full, "/t")
    assert {key: value for key, value in found.items() if key.startswith("PIP_")} == {
        "PIP_INDEX_URL": "https://u:p@a/simple",
        "PIP_EXTRA_INDEX_URL": "https://b/simple https://c/simple",
        "PIP_FIND_LINKS": "/links https://d/links",
        "PIP_TRUSTED_HOST": "a b:8080",
        "PIP_CERT": pem,
        "PIP_CLIENT_CERT": pem,
        "PIP_TIMEOUT": "7",
        "PIP_RETRIES": "2",
        "PIP_CONFIG_FILE": "/dev/null",
    }


def test_all_sources_in_uvs_words(full: SourceSettings, pem: str) -> None:
    found = UvInstaller.variables({}, full, "/t")
    wanted = {
        "UV_DEFAULT_INDEX": "https://u:p@a/simple",
        "UV_INDEX": "https://c/simple https://b/simple",
        "UV_FIND_LINKS": "/links,https://d/links",
        "UV_INSECURE_HOST": "a b:8080",
        "SSL_CERT_FILE": pem,
        "SSL_CLIENT_CERT": pem,
        "HTTPS_PROXY": "http://proxy:3128",
        "http_proxy": "http://proxy:3128",
        "UV_HTTP_TIMEOUT": "7",
        "UV_HTTP_RETRIES": "2",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
    }
    assert {key: found.get(key) for key in wanted} == wanted
    assert "UV_SYSTEM_CERTS" not in found


def test_nothing_configured_leaves_the_defaults() -> None:
    empty = SourceSettings()
    assert {key for key in PipInstaller.variables({}, empty, "/t") if key.startswith("PIP_")} <= {
        "PIP_CONFIG_FILE",
        "PIP_CERT",
    }
    found = UvInstaller.variables({}, empty, "/t")
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_INSECURE_HOST", "https_proxy"} & set(found)
    # The operating system's authorities: their file where it is known, else uv looks for it.
    assert bool(found.get("SSL_CERT_FILE")) != (found.get("UV_SYSTEM_CERTS") == "1")


def test_bundles_that_pip_reads_reach_uv(pem: str) -> None:
    assert UvInstaller.variables({"REQUESTS_CA_BUNDLE": pem}, SourceSettings(), "/t")["SSL_CERT_FILE"] == pem
