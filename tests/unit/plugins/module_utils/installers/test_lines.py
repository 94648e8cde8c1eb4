# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirement lines for installers, less what is in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers.lines import Lines
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement

C1, C2, H1 = "1" * 40, "2" * 40, "a" * 64


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return str(tmp_path / "env")


def put(prefix: str, name: str, origin: dict[str, Any] | None = None) -> None:
    folder = Path(prefix) / "lib" / "python3.11" / "site-packages" / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin))


def git(commit: str) -> dict[str, Any]:
    return {"url": "https://h/x", "vcs_info": {"vcs": "git", "commit_id": commit, "requested_revision": commit}}


def test_without_anything_installed_all_is_asked_for(prefix: str) -> None:
    texts = ["alpha==1.0", f"x @ git+https://h/x@{C1}"]
    lines = Lines([*map(Requirement, texts), Requirement("/src/a b[e]", editable=True, name="ab")], prefix)
    assert lines.text == [*texts, "-e file:///src/a%20b[e]"]
    assert (lines.unmet, lines.again) == ({"x", "ab"}, {})


def test_a_direct_reference_in_place_becomes_a_version(prefix: str) -> None:
    put(prefix, "x", git(C1))
    archive = {"url": "https://h/y.whl", "archive_info": {"hashes": {"sha256": H1}}}
    put(prefix, "y", archive)
    lines = Lines([Requirement(f"x @ git+https://h/x@{C1}"), Requirement(f"y @ https://h/y.whl#sha256={H1}")], prefix)
    assert lines.text == ["x==1.0", "y==1.0"]
    assert lines.with_hashes(only=True) == [f"y==1.0 --hash=sha256:{H1}"]
    assert not lines.unmet


@pytest.mark.parametrize(
    ("text", "origin", "unmet"),
    [
        (f"x @ git+https://h/x@{C2}", git(C1), {"x"}),
        ("x==1.0", git(C1), set()),
    ],
)
def test_what_comes_from_elsewhere_is_installed_anyway(
    prefix: str, text: str, origin: dict[str, Any], unmet: set[str]
) -> None:
    put(prefix, "x", origin)
    lines = Lines([Requirement(text)], prefix)
    assert (lines.text, lines.again, lines.unmet) == ([text], {"x": text}, unmet)


@pytest.mark.parametrize("changed", [False, True])
def test_a_source_tree_is_installed_again_where_it_has_changed(prefix: str, changed: bool) -> None:
    put(prefix, "x", {"url": "file:///src/x", "dir_info": {"editable": True}})
    lines = Lines([Requirement("/src/x[e]", editable=True, again=changed)], prefix)
    assert lines.text == (["-e /src/x[e]"] if changed else ["x[e]==1.0"])
    assert set(lines.again) == ({"x"} if changed else set())


def test_names_and_hashes(prefix: str) -> None:
    lines = Lines([Requirement("Al_pha[x]==1.0", ("sha256:1", "sha256:2")), Requirement("beta==1.0")], prefix)
    assert lines.names("al-pha") and not lines.names("gamma")
    assert lines.some_hashed
    assert lines.with_hashes() == ["Al_pha[x]==1.0 --hash=sha256:1 --hash=sha256:2", "beta==1.0"]
