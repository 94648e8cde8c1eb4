# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``wheel_build``: the wheel comes into the controller's cache where other hosts need it from there."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.action.wheel_build import ActionModule
from ansible_collections.portable.model_env.tests.support.action import Node, run
from ansible_collections.portable.model_env.tests.support.wanted import KEY


@pytest.fixture
def built(tmp_path: Path) -> dict[str, Any]:
    """The answer of the module about a wheel that lies on this machine."""
    path = tmp_path / "flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl"
    path.write_bytes(b"wheel")
    facts = {"host": "n1"}
    sha256 = hashlib.sha256(b"wheel").hexdigest()
    return {"changed": False, "path": str(path), "sha256": sha256, "key": KEY, "origin": "build", "facts": facts}


def test_the_wheel_is_fetched_once(tmp_path: Path, built: dict[str, Any]) -> None:
    cache = tmp_path / "cache"
    for _time in range(2):
        node = Node([built])
        given = {"key": KEY}
        result = run(ActionModule, {**given, "wheel_cache": str(cache)}, node=node)
        assert "failed" not in result, result
        assert node.calls == [("portable.model_env.wheel_build", {"key": KEY, "only_look": True})], (
            "the module has no cache"
        )
        (found,) = cache.rglob("*.whl")
        assert found.read_bytes() == b"wheel"
        Path(built["path"]).unlink(missing_ok=True)


@pytest.mark.parametrize("given", [{}, {"wheelhouse": "/shared"}])
def test_it_is_not_where_nobody_needs_it(given: dict[str, Any], tmp_path: Path, built: dict[str, Any]) -> None:
    cache = {"wheel_cache": str(tmp_path / "cache")} if given else {}
    run(ActionModule, {"key": KEY, **given, **cache}, node=Node([built]))
    assert not (tmp_path / "cache").exists()


def test_a_wheel_that_did_not_come_whole_is_a_failure(tmp_path: Path, built: dict[str, Any]) -> None:
    result = run(
        ActionModule, {"key": KEY, "wheel_cache": str(tmp_path / "cache")}, node=Node([{**built, "sha256": "0" * 64}])
    )
    assert result["failed"]
    assert "did not come whole" in result["msg"]
    assert result["path"] == built["path"], "what the module answered stays"
