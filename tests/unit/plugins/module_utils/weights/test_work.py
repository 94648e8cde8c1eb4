# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call may ask for, and what it comes to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.plan import FileAction
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import (
    Work,
    all_kept,
    parse_request,
    refuse_conflicts,
    refuse_twice,
)
from ansible_collections.portable.model_env.tests.support.hub_files import held, hub_file, path

FILE = hub_file("a", 10, "new")
COMMIT = "0123456789abcdef0123456789abcdef01234567"

KEPT, FRESH, WRONG, GONE = ("sha256:" + digit * 64 for digit in "123f")


def manifest(**more: Any) -> Manifest:
    tree = [FILE, hub_file("b", 2, "b")]
    base: dict[str, Any] = {
        "requested": COMMIT,
        "commit": COMMIT,
        "tree": tree,
        "files": {path("a"): held(10, "new", 5)},
    }
    return Manifest("acme/x", "model", **{**base, **more})


def options(**more: Any) -> dict[str, Any]:
    return {"repo_id": "acme/x", "revision": COMMIT, "local_dir": "/data/x", **more}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"revision": "main"}, "not a commit"),
        ({"revision": ""}, "no revision"),
        ({"revision": None}, "no revision"),
        ({"revision": COMMIT[:12]}, "not a commit"),
        ({"repo_id": "a b"}, "not the name of a repository"),
        ({"repo_id": "../x"}, "not the name of a repository"),
        ({"repo_id": "a/b/c"}, "not the name of a repository"),
        ({"repo_type": "car"}, "not a type"),
        ({"local_dir": "weights"}, "not an absolute path"),
    ],
)
def test_what_cannot_be_meant_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelEnvError, match=message) as caught:
        parse_request(options(**more), absent=False)
    assert caught.value.kind == "invalid"
    assert caught.value.todo


def test_a_branch_where_it_is_allowed_and_nothing_where_files_are_removed() -> None:
    assert parse_request(options(revision="main", resolve=True), absent=False).revision == "main"
    assert parse_request(options(revision=None), absent=True).repo_id == "acme/x"


@pytest.mark.parametrize(
    ("found", "more", "fits"),
    [
        (None, {}, False),
        (manifest(), {}, True),
        (manifest(), {"revision": "f" * 40}, False),
        (manifest(), {"revision": "main", "resolve": True}, False),
        (manifest(requested="main"), {"revision": "main", "resolve": True}, True),
        (manifest(requested="main"), {"revision": "v2", "resolve": True}, False),
        (manifest(requested="main"), {"revision": "main", "resolve": True, "move": True}, False),
        (manifest(requested="main"), {}, True),
        (manifest(tree=[]), {}, False),
    ],
)
def test_when_the_hub_need_not_be_asked(found: Manifest | None, more: dict[str, Any], fits: bool) -> None:
    assert Work(parse_request(options(**more), absent=False), found).fits() is fits


def test_one_repository_twice_in_one_folder_is_refused() -> None:
    request = parse_request(options(), absent=False)
    with pytest.raises(ModelEnvError, match="twice"):
        refuse_twice([request, request])


def test_two_repositories_that_want_one_path_are_refused() -> None:
    works = [Work(parse_request(options(repo_id=name), absent=False)) for name in ("acme/x", "acme/y")]
    for work in works:
        work.actions = [FileAction("fetch", FILE, "missing")]
    with pytest.raises(ModelEnvError, match="acme/x and acme/y"):
        refuse_conflicts(works)


def test_the_diff_lists_files_and_bytes() -> None:
    work = Work(parse_request(options(), absent=False), commit=COMMIT)
    work.actions = [
        FileAction("keep", hub_file("k", 1, KEPT), ""),
        FileAction("fetch", hub_file("f", 3_435_973_836, FRESH), "missing"),
        FileAction("fetch", hub_file("w", 5, WRONG), "has 4 bytes instead of 5", wrong=True),
        FileAction("remove", hub_file("r", 2, GONE), ""),
    ]
    diff = work.diff()
    assert diff["before"].splitlines() == [
        f"k  1 B  {KEPT[:23]}",
        f"r  2 B  {GONE[:23]}",
        "w  has 4 bytes instead of 5",
    ]
    assert diff["after"].splitlines() == [
        f"f  3.2 GiB  {FRESH[:23]}",
        f"k  1 B  {KEPT[:23]}",
        f"w  5 B  {WRONG[:23]}",
        "# 2 files to fetch, 3.2 GiB",
    ]


@pytest.mark.parametrize(
    ("found", "actions", "kept"),
    [
        (manifest(), ["keep"], True),
        (manifest(), ["keep", "fetch"], False),
        (manifest(requested="main"), ["keep"], False),  # the manifest is to say what is asked for now
        (None, [], False),
    ],
)
def test_when_nothing_is_to_be_done(found: Manifest | None, actions: list[str], kept: bool) -> None:
    work = Work(parse_request(options(), absent=False), found, commit=COMMIT if found else "")
    work.actions = [FileAction(action, FILE, "") for action in actions]
    assert all_kept(work) is kept


def test_a_file_that_is_named_and_not_there_is_refused() -> None:
    work = Work(parse_request(options(filenames=["b"]), absent=False), commit=COMMIT, tree=[FILE])
    with pytest.raises(ModelEnvError, match="does not hold b"):
        work.wanted()
    nothing = Work(parse_request(options(allow_patterns=["*.x"]), absent=False), commit=COMMIT, tree=[FILE])
    with pytest.raises(ModelEnvError, match="no file of the repository is selected"):
        nothing.wanted()
