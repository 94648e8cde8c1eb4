# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Hub says of a repository: what is believed, what is refused and in which words; addresses of files."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.weights import listing
from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Listing, Tree, parse_commit
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

BLOB, SHA = "b" * 40, "a" * 64
FILE = {"type": "file", "path": "a", "size": 1, "oid": BLOB}


def read(*entries: Any) -> list[HubFile]:
    tree = Tree("model acme/x at http://hub")
    tree.add(json.dumps(entries))
    return tree.finish()


def test_a_path_is_quoted_and_its_folders_stay() -> None:
    listing = Listing(Commit("c" * 40), [], "https://hub/acme/x/resolve/c0ffee/\x00path\x00")
    assert listing.url("sub/a b+c#1.bin") == "https://hub/acme/x/resolve/c0ffee/sub/a%20b%2Bc%231.bin"


def test_files_are_taken_and_folders_are_not() -> None:
    lfs = {**FILE, "path": "sub/m.bin", "lfs": {"oid": SHA, "size": 9, "pointerSize": 134}, "xetHash": "x"}
    folder = {"type": "directory", "path": "sub", "oid": BLOB, "size": 0}
    assert read(folder, lfs, {**FILE, "path": "模型/é c.txt"}) == [
        hub_file("sub/m.bin", 9, f"sha256:{SHA}"),
        hub_file("模型/é c.txt", 1, f"git-sha1:{BLOB}"),
    ]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"lfs": {"oid": "/srv/victim/x", "size": 2097152}}, "'a': lfs.oid is '/srv/victim/x', which is no sha256"),
        ({"lfs": {"oid": SHA, "size": -1}}, "'a': size is -1"),
        ({"lfs": {"oid": SHA}}, "'a': lfs.size is missing"),
        ({"lfs": []}, "'a': lfs is a list"),
        ({"oid": "../x"}, "'a': oid is '../x', which is no commit"),
        ({"size": -1}, "'a': size is -1"),
        ({"size": None}, "'a': size is null"),
        ({"size": True}, "'a': size is true or false"),
        ({"size": 1.5}, "'a': size is a number"),
        ({"size": 1 << 60}, "'a': size is 1152921504606846976, which no file has"),
        ({"path": "a\ud800"}, r"path is 'a\ud800', which is no valid Unicode"),
        ({"path": "../../etc/passwd"}, "path is '../../etc/passwd', which does not stay below its folder"),
        ({"path": "/etc/passwd"}, "an absolute path"),
        ({"path": "a//b"}, "does not stay below"),
        ({"path": ""}, "an empty name"),
        ({"path": "a\x00b"}, "which has a NUL in it"),
        ({"path": "\x1b[2J/.."}, r"path is '\x1b[2J/..', which does not stay below its folder"),
        ({"path": ".model_env/lock"}, "enters the folder with this module's own state"),
        ({"path": ".model_env"}, "enters the folder with this module's own state"),
        ({"path": None}, "entry 1 path is null"),
    ],
)
def test_an_entry_that_cannot_be_is_named(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelEnvError) as caught:
        read({**FILE, **entry})
    assert says in caught.value.why and caught.value.kind == "invalid"
    assert "model acme/x at http://hub" in caught.value.where


@pytest.mark.parametrize("missing", ["path", "size", "oid"])
def test_what_an_entry_lacks_is_named(missing: str) -> None:
    with pytest.raises(ModelEnvError, match=f"{missing} is missing"):
        read({key: value for key, value in FILE.items() if key != missing})


@pytest.mark.parametrize("paths", [["a", "a"], ["a", "a/b"], ["a/b", "a"], ["a/b/c", "a/b"]])
def test_no_name_comes_twice_or_inside_another(paths: list[str]) -> None:
    with pytest.raises(ModelEnvError, match=r"is listed twice|is a file, and the folder of"):
        read(*({**FILE, "path": path} for path in paths))


@pytest.mark.parametrize(
    "page", ["{}", "null", "[null]", "[[]]", "no", "", "[" * 100_000, '[{"type": "file", "size": NaN}]', "9" * 5000]
)
def test_what_is_no_listing_is_said(page: str) -> None:
    with pytest.raises(ModelEnvError, match="cannot be believed"):
        Tree("x").add(page)


def test_entries_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_FILES", 3)
    tree = Tree("x")
    for name in "abc":
        assert tree.add(json.dumps([{**FILE, "path": name}])) == 1
    with pytest.raises(ModelEnvError, match="more than 3 entries"):
        tree.add(json.dumps([{"type": "directory", "path": "d"}]))


def test_the_commit_is_the_one_that_was_asked_for() -> None:
    one, other = "a" * 40, "b" * 40
    assert parse_commit(one, one, "x") == parse_commit(one, "main", "x") == one
    for answer, revision in ((other, one), (None, "main"), ("../../x", "main"), ("main", "main"), (["a"], one)):
        with pytest.raises(ModelEnvError) as caught:
            parse_commit(answer, revision, "x")
        assert revision in caught.value.why


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.fixed_dictionaries({"type": st.just("file")}, optional=dict.fromkeys(("path", "size", "oid"), _JSON)))
)
def test_nothing_but_a_refusal_comes_of_nonsense(entries: list[Any]) -> None:
    with contextlib.suppress(ModelEnvError):
        read(*entries)
