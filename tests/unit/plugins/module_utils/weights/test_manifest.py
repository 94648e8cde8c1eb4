# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of a repository in a folder."""

from __future__ import annotations

import pytest

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


def test_a_manifest_comes_back_as_it_was() -> None:
    assert parse_manifest(manifest_text(WHOLE)) == WHOLE


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1}', "null"])
def test_a_damaged_manifest_is_none(text: str) -> None:
    assert parse_manifest(text) is None


def test_another_version_is_not_believed() -> None:
    assert parse_manifest(manifest_text(WHOLE).replace('"version":1', '"version":9')) is None


def test_repositories_that_share_a_folder_have_files_of_their_own() -> None:
    assert file_name("model", "acme/x") == "model--acme--x.json"
    assert len({file_name(kind, name) for kind in ("model", "dataset") for name in ("acme/x", "acme/y", "x")}) == 6
