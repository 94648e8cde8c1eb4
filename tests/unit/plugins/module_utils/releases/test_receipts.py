# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts: what counts as a change, and what as drift."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts

COMMIT = "a" * 40
GIT = {"url": "https://host/clip.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}


def entry(version: str, direct_url: Any = None, size: int = 10, mtime: int = 5_000_000_000) -> dict[str, Any]:
    return receipts.distribution_entry(version, direct_url, size, mtime)


@pytest.mark.parametrize(
    ("direct_url", "words", "origin"),
    [
        (None, "1.0", "index"),
        (GIT, f"git+https://host/clip.git@{COMMIT}", "vcs"),
        ({"url": "https://host/a.whl", "archive_info": {}}, "https://host/a.whl", "url"),
        ({"url": "file:///src/a", "dir_info": {}}, "file:///src/a", "dir"),
        ({"url": "file:///src/a", "dir_info": {"editable": True}}, "-e /src/a", "editable"),
    ],
    ids=["index", "vcs", "url", "dir", "editable"],
)
def test_what_is_installed_in_words(direct_url: Any, words: str, origin: str) -> None:
    found = entry("1.0", direct_url)
    assert (found["words"], found["origin"]) == (words, origin)


def test_an_editable_is_told_by_its_commit_not_by_its_path() -> None:
    trees = {"/r/demo-1/src/clip": COMMIT, "/r/demo-1/src/clip2": "b" * 40}
    assert receipts.editable_words("/r/demo-1/src/clip", trees) == f"-e {COMMIT}"
    assert receipts.editable_words("/r/demo-1/src/clip/python", trees) == f"-e {COMMIT}/python"
    assert receipts.editable_words("/home/me/clip", trees) == "-e /home/me/clip"


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        ({"a": entry("1")}, []),
        ({}, ["a 1 was removed by hand"]),
        ({"a": entry("1"), "b": entry("2")}, ["b 2 was added by hand"]),
        ({"a": entry("2")}, ["a 1 was replaced by 2 by hand"]),
        ({"a": entry("1", GIT)}, [f"a 1 was replaced by git+https://host/clip.git@{COMMIT} by hand"]),
        ({"a": entry("1", size=11)}, ["a 1 was reinstalled by hand"]),
        ({"a": entry("1", mtime=7_000_000_000)}, ["a 1 was reinstalled by hand"]),
        ({"a": entry("1", mtime=5_999_999_999)}, []),
    ],
    ids=["same", "removed", "added", "replaced", "another origin", "other size", "other time", "same second"],
)
def test_drift(found: dict[str, Any], lines: list[str]) -> None:
    assert receipts.drift({"a": entry("1")}, found) == lines


def test_changes_and_listing() -> None:
    before = {"a": entry("1"), "b": entry("1")}
    after = {"a": entry("2"), "clip": entry("1", GIT)}
    assert receipts.changes(before, after) == [
        {"name": "a", "before": "1", "after": "2", "origin": "index"},
        {"name": "b", "before": "1", "after": None, "origin": "index"},
        {"name": "clip", "before": None, "after": f"git+https://host/clip.git@{COMMIT}", "origin": "vcs"},
    ]
    assert receipts.changes(before, before) == []
    assert receipts.listing(after) == f"a==2\nclip @ git+https://host/clip.git@{COMMIT}\n"
