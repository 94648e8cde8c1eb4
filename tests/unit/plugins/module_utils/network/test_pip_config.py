# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the files and variables of pip's configuration become one."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings, host, merge


def test_install_wins_over_global_and_the_environment_over_both() -> None:
    early = {"install": {"index-url": "http://install/"}}
    late = {"global": {"index-url": "http://global/", "proxy": "http://p:1"}}
    assert merge([early, late], {}) == SourceSettings(index_url="http://install/", proxy="http://p:1")
    assert merge([early, late], {"PIP_INDEX_URL": "http://env/"}).index_url == "http://env/"
    assert merge([early, late], {"PIP_INDEX_URL": ""}).index_url == "http://install/"


def test_what_does_not_say_where_packages_come_from_is_left_out() -> None:
    assert merge([{"global": {"user": "true", "target": "/t"}}], {"PIP_NO_DEPS": "1"}) == SourceSettings()


def test_lists_and_spellings() -> None:
    found = merge([{"global": {"--trusted_host": "a\n b:8080", "no-index": "Yes"}}], {"PIP_DEFAULT_TIMEOUT": "7"})
    assert (found.trusted_hosts, found.no_index, found.timeout) == (("a", "b:8080"), True, "7")


def test_no_index_must_be_yes_or_no() -> None:
    with pytest.raises(ModelEnvError, match="no-index to 'perhaps'"):
        merge([], {"PIP_NO_INDEX": "perhaps"})


def test_secrets_and_hosts_of_addresses() -> None:
    found = SourceSettings(index_url="https://u:word@h/simple", proxy="http://v:other@p:1")
    assert {"word", "other"} <= set(found.secrets())
    assert (host(found.index_url), host("/srv/wheels")) == ("h", "")
