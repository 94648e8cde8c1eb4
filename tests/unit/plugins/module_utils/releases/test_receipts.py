# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts: what counts as a change, and what as drift."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.names import PathBelow
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed

COMMIT = "a" * 40
GIT = {"url": "https://host/clip.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}


def entry(version: str, direct_url: Any = None, size: int = 10, mtime: int = 5_000_000_000) -> Installed:
    return receipts.installed(version, direct_url, size, mtime)


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
    assert (found.words, found.origin) == (words, origin)


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
def test_drift(found: dict[str, Installed], lines: list[str]) -> None:
    assert receipts.drift({"a": entry("1")}, found) == lines


def written(**changes: Any) -> dict[str, Any]:
    """A receipt as its file has it."""
    receipt = receipts.Receipt(
        name="demo",
        spec={"name": "demo", "python": "3.11"},
        spec_digest="d" * 64,
        created=1.5,
        distributions={"a": entry("1"), "clip": entry("1", GIT)},
        checkouts={PathBelow.parse("src/clip"): COMMIT},
        verdicts=({"check": "interpreter", "verdict": "pass", "value": {"deep": [1, None]}},),
        extensions=({"name": "flash-attn", "key": {"torch": "2.5"}, "from": "https://host"},),
    )
    whole: dict[str, Any] = json.loads(json.dumps(receipt.to_dict()))
    return {**whole, **changes}


def test_a_receipt_is_read_as_it_was_written() -> None:
    found = receipts.read(written())
    assert found is not None
    assert json.loads(json.dumps(found.to_dict())) == written()
    assert found.distributions["clip"] == entry("1", GIT)
    assert receipts.spec_of(found).python == "3.11"


def test_what_newer_and_older_versions_wrote_is_read() -> None:
    assert receipts.read(written(later="x")) == receipts.read(written())
    old = written()
    del old["extensions"], old["seconds"]
    assert receipts.read(old) is not None


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"format": receipts.FORMAT + 1},
        written(format="1"),
        written(checkouts={"../../etc": COMMIT}),
        written(distributions={"a": {"version": 1, "words": "1", "origin": "index"}}),
        written(distributions=["a"]),
        written(name=None),
    ],
)
def test_what_is_no_receipt_is_none(data: Any) -> None:
    assert receipts.read(data) is None


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
