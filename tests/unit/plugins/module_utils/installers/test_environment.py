# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a node's environment reaches an installer."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import environment as env
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
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
    found = env.for_pip({}, full, "/t")
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
    found = env.for_uv({}, full, "/t")
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


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "de_DE.ISO-8859-1"}, {"LANG": "C"}])
def test_installers_run_in_utf_8_whatever_the_locale(locale: dict[str, str]) -> None:
    assert env.base(locale, "/t")["PYTHONUTF8"] == "1"


def test_nothing_configured_leaves_the_defaults() -> None:
    empty = SourceSettings()
    assert {key for key in env.for_pip({}, empty, "/t") if key.startswith("PIP_")} <= {"PIP_CONFIG_FILE", "PIP_CERT"}
    found = env.for_uv({}, empty, "/t")
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_INSECURE_HOST", "https_proxy"} & set(found)
    # The operating system's authorities: their file where it is known, else uv looks for it.
    assert bool(found.get("SSL_CERT_FILE")) != (found.get("UV_SYSTEM_CERTS") == "1")


def test_bundles_that_pip_reads_reach_uv(pem: str) -> None:
    assert env.for_uv({"REQUESTS_CA_BUNDLE": pem}, SourceSettings(), "/t")["SSL_CERT_FILE"] == pem


def test_a_callers_variables_do_not_change_the_way_to_the_network() -> None:
    values = {"http_proxy": "http://decided:1", "CC": "gcc"}
    own = {"http_proxy": "http://x:1", "SSL_CERT_FILE": "/x", "CC": "clang"}
    assert env.with_own(values, own) == {"http_proxy": "http://decided:1", "CC": "clang"}


@pytest.mark.parametrize(
    "name",
    [
        "PIP_USER", "PIP_INDEX_URL", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "_PIP_RUNNING_IN_SUBPROCESS",
        "UV_INDEX_URL", "UV_CACHE_DIR", "UV_PYTHON", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "VIRTUAL_ENV",
        "CONDA_PREFIX", "GIT_DIR", "GIT_WORK_TREE", "LC_ALL",
    ],
)  # fmt: skip
def test_dropped(name: str) -> None:
    assert name not in env.base({name: "x"}, "/t")


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "HOME",
        "HTTPS_PROXY",
        "no_proxy",
        "SSL_CERT_DIR",
        "GIT_SSL_CAINFO",
        "GIT_CONFIG_GLOBAL",
        "CC",
        "CUDA_HOME",
    ],
)
def test_passed_through(name: str) -> None:
    assert env.base({name: "x"}, "/t")[name] == "x"


def test_temporary_files_and_language() -> None:
    found = env.base({"LC_ALL": "de_DE.UTF-8", "TMPDIR": "/elsewhere"}, "/t")
    assert (found["TMPDIR"], found["LANG"], found["LC_MESSAGES"]) == ("/t", "de_DE.UTF-8", "C")


def test_options_replace_the_index_and_add_the_rest() -> None:
    options = InstallOptions(
        index_url="https://o", extra_index_urls=["https://c/simple", "https://e"], find_links=["/l"]
    )
    found = env.with_options(PLAIN, options)
    assert found.index_url == "https://o"
    assert found.extra_index_urls == ("https://b/simple", "https://c/simple", "https://e")
    assert found.find_links == ("/links", "https://d/links", "/l")
    assert found.timeout == "7"
    assert env.with_options(PLAIN, InstallOptions(timeout=30)).timeout == "30"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("HF_TOKEN", True), ("OPENAI_API_KEY", True), ("DB_PASSWORD", True), ("AWS_SECRET_ACCESS_KEY", True),
        ("MAX_JOBS", False), ("KEYBOARD", False), ("TORCH_CUDA_ARCH_LIST", False),
    ],
)  # fmt: skip
def test_secret_variables(name: str, secret: bool) -> None:
    assert env.secret_values({name: "abcdefgh"}) == (["abcdefgh"] if secret else [])


def test_short_values_and_paths_are_no_secrets() -> None:
    assert env.secret_values({"A_TOKEN": "1", "B_TOKEN": "/run/secrets/token"}) == []
