# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module switch on a root with two planted releases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support import module_process, tree
from ansible_collections.portable.model_env.tests.support.specs import make_spec


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The second one was made active last; the first one is not recorded as what was active before."""
    root = tmp_path / "root"
    tree.release(root, make_spec(imports=["good"]), {"good": "1.0"}, good="")
    tree.release(root, make_spec(imports=["good"], packages=["good==2.0"]), {"good": "2.0"}, good="")
    return root


def active(root: Path) -> str:
    return os.path.basename(os.readlink(root / "envs" / "demo"))


def other(root: Path) -> str:
    (found,) = {path.name for path in (root / "releases").iterdir()} - {active(root)}
    return found


def run(root: Path, releases: dict[str, str], *, check: bool = False, **more: Any) -> dict[str, Any]:
    return module_process.run("switch", {"root": str(root), "releases": releases, "gpu": "off", **more}, check=check)


def test_there_and_back_in_check_mode_and_for_real(root: Path) -> None:
    first, second = other(root), active(root)
    for target in (first, "previous"):
        before = active(root)
        looked = run(root, {"demo": target}, check=True)
        assert (looked["failed"], looked["changed"], active(root)) == (False, True, before)
        done = run(root, {"demo": target})
        assert (done["changed"], done["diff"]) == (True, looked["diff"])
        assert [one["after"] for one in done["switched"]] == [active(root)]
    assert active(root) == second


def test_again_changes_nothing(root: Path) -> None:
    result = run(root, {"demo": active(root)})
    assert (result["changed"], result["diff"]) == (False, [])


@pytest.mark.parametrize("check", [True, False])
def test_a_release_that_is_not_there(root: Path, check: bool) -> None:
    before = active(root)
    result = run(root, {"demo": "demo-000000000000"}, check=check)
    assert result["failed"]
    assert (result["back"], active(root)) == ([], before)


def test_a_smoke_that_fails_leads_back(root: Path) -> None:
    before = active(root)
    result = run(root, {"demo": other(root)}, smoke=["false"])
    assert result["failed"]
    assert (len(result["back"]), active(root)) == (1, before)


@pytest.mark.parametrize("arguments", [{}, {"releases": ["demo"]}, {"releases": {"demo": "previous"}, "gpu": "maybe"}])
def test_arguments_that_make_no_sense(tmp_path: Path, arguments: dict[str, Any]) -> None:
    assert module_process.run("switch", {"root": str(tmp_path), **arguments})["failed"]
