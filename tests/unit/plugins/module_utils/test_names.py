# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of strangers: what may become a path, a digest or a line, and how the rest is shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.portable.model_env.plugins.module_utils.names import (
    Commit,
    Digest,
    FileName,
    Line,
    PathBelow,
    Sha256,
    has_control,
    shown,
    visible,
)


@pytest.mark.parametrize("text", ["a", "a/b.bin", "-x", "..a", "a b", "模型/é.txt", "a/…", "x" * 255])
def test_a_path_that_stays_below_its_folder(text: str) -> None:
    assert PathBelow.parse(text) == text
    assert "/".join(PathBelow.parse(text).parts) == text


@pytest.mark.parametrize(
    "text",
    ["", "/", "/a", "..", "a/..", "a/../b", ".", "a//b", "a/", "a\\b", "a\nb", "a\0b", "a\ud800", "x" * 256, "a\x9b"],
)
def test_a_path_that_does_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        PathBelow.parse(text)


@given(st.text())
def test_no_path_below_leaves_the_folder(text: str) -> None:
    try:
        path = PathBelow.parse(text)
    except ValueError:
        return
    joined = os.path.normpath(os.path.join("/folder", path))
    assert joined.startswith("/folder/")
    assert Path("/folder", *path.parts) == Path(joined)


def test_digests_and_names() -> None:
    assert FileName.parse("a.whl") == "a.whl"
    for bad in (lambda: FileName.parse("a/b"), lambda: Sha256.parse("A" * 64), lambda: Sha256.parse("0" * 64 + "\n")):
        with pytest.raises(ValueError, match=r"^is "):
            bad()
    assert Commit.parse("a" * 40) == "a" * 40
    with pytest.raises(ValueError, match="no commit"):
        Commit.parse("main")


def test_a_line_has_no_control_characters() -> None:
    assert Line.parse("torch==2.5.1 é") == "torch==2.5.1 é"
    for text in ("a\nb", "a\x1b[2J", "a\u2028b", "a\u202eb", "a\r"):
        with pytest.raises(ValueError, match="control characters"):
            Line.parse(text)


def test_control_characters_are_shown_and_not_sent() -> None:
    evil = "\x1b]0;title\x07\x1b[2Jok: [n1]\u202e\x9b\ttab\rcr\nnext"
    assert visible(evil) == "\\x1b]0;title\\x07\\x1b[2Jok: [n1]\\u202e\\x9b\\ttab\\rcr\nnext"
    assert shown("a\nb\x1b") == "'a\\nb\\x1b'"
    assert len(shown("x" * 1000)) < 250
    assert visible("plain é 模型") == "plain é 模型"


@given(st.text())
def test_what_is_visible_has_no_control_characters(text: str) -> None:
    assert not has_control(visible(text).replace("\n", ""))
    assert not has_control(shown(text))


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a" * 40, True), ("A" * 40, False), ("a" * 39, False), ("main", False), ("a" * 40 + "\n", False)],
)
def test_what_fits_a_commit(text: str, fits: bool) -> None:
    assert Commit.fits(text) is fits


def test_a_digest_is_one_of_two() -> None:
    sha = Digest.parse("sha256:" + "a" * 64)
    blob = Digest.parse("git-sha1:" + "b" * 40)
    assert (sha.kind, sha.digits, blob.kind, blob.digits) == ("sha256", "a" * 64, "git-sha1", "b" * 40)
    for bad in ("", "a" * 64, "sha256:" + "a" * 40, "git-sha1:" + "a" * 64, "sha256:/srv/x", "md5:" + "a" * 32):
        with pytest.raises(ValueError, match="no sha256"):
            Digest.parse(bad)
