# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of a repository in a folder."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights import manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import Selection
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import (
    Manifest,
    file_name,
    manifest_text,
    parse_manifest,
)
from ansible_collections.portable.model_env.tests.support.hub_files import held, hub_file, path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WHOLE = Manifest(
    "acme/x",
    "model",
    requested="main",
    commit=COMMIT,
    selection=Selection(("*.bin",), ("x",), ()),
    tree=[hub_file("a", 10, "new"), hub_file("b", 2, "b")],
    files={path("a"): held(10, "new", 5)},
)


def text() -> str:
    return "".join(manifest_text(WHOLE))


@pytest.mark.parametrize("length", [1, 2, 3, 7, 1000])
def test_a_manifest_comes_back_as_it_was(length: int) -> None:
    whole = text()
    assert json.loads(whole)["files"] == {"a": [10, WHOLE.tree[0].digest, 5]}
    assert parse_manifest(whole[start : start + length] for start in range(0, len(whole), length)) == WHOLE


def test_a_large_one_is_written_in_pieces_and_read_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_PIECE", 3)
    files = {path(f"f{number}"): held(number, str(number), number) for number in range(10)}
    tree = [hub_file(name, one.size, one.digest) for name, one in files.items()]
    large = replace(WHOLE, tree=tree, files=files)
    assert parse_manifest(manifest_text(large)) == large
    assert json.loads("".join(manifest_text(large)))["tree"][9] == ["f9", 9, tree[9].digest]
    assert parse_manifest(manifest_text(replace(WHOLE, tree=[], files={}))) == replace(WHOLE, tree=[], files={})


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_one_that_was_cut_short_is_none(cut: int) -> None:
    assert parse_manifest([text()[:-cut]]) is None or cut == 1


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 2}', '{"version": 1}', "null", "[" * 99_999 + ',"tree":[', '{"version":1},"tree":['],
)
def test_a_damaged_manifest_is_none(text: str) -> None:
    assert parse_manifest([text]) is None


def test_another_version_is_not_believed() -> None:
    assert parse_manifest([text().replace('"version":1', '"version":9')]) is None


def test_repositories_that_share_a_folder_have_files_of_their_own() -> None:
    assert file_name("model", "acme/x") == "model--acme--x.json"
    assert len({file_name(kind, name) for kind in ("model", "dataset") for name in ("acme/x", "acme/y", "x")}) == 6
