# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a node's environment reaches an installer."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import environment
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings

PLAIN = SourceSettings(
    index_url="https://u:p@a/simple",
    extra_index_urls=("https://b/simple", "https://c/simple"),
    find_links=("/links", "https://d/links"),
    timeout="7",
    retries="2",
)


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "de_DE.ISO-8859-1"}, {"LANG": "C"}])
def test_installers_run_in_utf_8_whatever_the_locale(locale: dict[str, str]) -> None:
    assert environment.offline(locale, "/t")["PYTHONUTF8"] == "1"


def test_a_callers_variables_do_not_change_the_way_to_the_network() -> None:
    values = {"http_proxy": "http://decided:1", "CC": "gcc"}
    own = {"http_proxy": "http://x:1", "SSL_CERT_FILE": "/x", "CC": "clang"}
    assert environment.with_own(values, own) == {"http_proxy": "http://decided:1", "CC": "clang"}


@pytest.mark.parametrize(
    "name",
    [
        "PIP_USER", "PIP_INDEX_URL", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "_PIP_RUNNING_IN_SUBPROCESS",
        "UV_INDEX_URL", "UV_CACHE_DIR", "UV_PYTHON", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "VIRTUAL_ENV",
        "CONDA_PREFIX", "GIT_DIR", "GIT_WORK_TREE", "LC_ALL",
    ],
)  # fmt: skip
def test_dropped(name: str) -> None:
    assert name not in environment.offline({name: "x"}, "/t")


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
    assert environment.offline({name: "x"}, "/t")[name] == "x"


def test_temporary_files_and_language() -> None:
    found = environment.offline({"LC_ALL": "de_DE.UTF-8", "TMPDIR": "/elsewhere"}, "/t")
    assert (found["TMPDIR"], found["LANG"], found["LC_MESSAGES"]) == ("/t", "de_DE.UTF-8", "C")


def test_options_replace_the_index_and_add_the_rest() -> None:
    options = InstallOptions(
        index_url="https://o", extra_index_urls=["https://c/simple", "https://e"], find_links=["/l"]
    )
    found = environment.with_options(PLAIN, options)
    assert found.index_url == "https://o"
    assert found.extra_index_urls == ("https://b/simple", "https://c/simple", "https://e")
    assert found.find_links == ("/links", "https://d/links", "/l")
    assert found.timeout == "7"
    assert environment.with_options(PLAIN, InstallOptions(timeout=30)).timeout == "30"
