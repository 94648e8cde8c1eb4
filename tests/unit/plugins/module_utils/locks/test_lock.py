# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of the module ``lock``: one that fails stops no other."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.locks.lock import lock
from ansible_collections.portable.model_env.plugins.module_utils.locks.resolution import ResolutionSettings
from ansible_collections.portable.model_env.tests.support.locks import TOOLS_LOCK, make_cache
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.specs import make_spec


def test_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    links = tmp_path / "links"
    wheel(links, "left", "1.0")
    settings = ResolutionSettings(str(make_cache(tmp_path / "cache")), TOOLS_LOCK, "x86_64-manylinux_2_28", retries=0)
    empty = tmp_path / "index"
    empty.mkdir()
    specs = {
        name: make_spec(
            name=name,
            python="3.11",
            packages=[f"left=={version}"],
            index_url=f"file://{empty}",
            find_links=[str(links)],
        )
        for name, version in {"good": "1.0", "bad": "2.0"}.items()
    }
    found = lock(CommandRunner(), settings, specs, {})
    assert list(found["resolved"]) == ["good"]
    assert 'name = "left"' in found["resolved"]["good"]["pylock"]
    assert list(found["failures"]) == ["bad"]
    assert "left==2.0" in found["failures"]["bad"]
    assert found["resolver"] == "uv 0.13.9"
