# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are wanted, as huggingface_hub chooses them; which names are refused; sizes."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.weights.files import (
    Selection,
    refuse_unsafe_paths,
    select,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

PATHS = ["a.bin", "a.json", "sub/b.bin", "sub/deep/c.json", "subway/d.bin"]


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), PATHS),
        (Selection(allow=("*.bin",)), ["a.bin", "sub/b.bin", "subway/d.bin"]),
        (Selection(allow=("sub/",)), ["sub/b.bin", "sub/deep/c.json"]),
        (Selection(allow=("sub/*",)), ["sub/b.bin", "sub/deep/c.json"]),
        (Selection(ignore=("*.bin",)), ["a.json", "sub/deep/c.json"]),
        (Selection(allow=("sub*",), ignore=("sub/deep/",)), ["sub/b.bin", "subway/d.bin"]),
        (Selection(allow=("[ab].*",)), ["a.bin", "a.json"]),
        (Selection(allow=("*.BIN",)), []),
        (Selection(names=("sub/b.bin", "a.bin")), ["sub/b.bin", "a.bin"]),
    ],
)
def test_selection(selection: Selection, wanted: list[str]) -> None:
    files, missing = select([HubFile(path, 1, "sha256:0") for path in PATHS], selection)
    assert [file.path for file in files] == wanted
    assert missing == []


def test_a_named_file_that_is_not_there_is_told() -> None:
    files, missing = select([HubFile("a", 1, "")], Selection(names=("a", "b")))
    assert ([file.path for file in files], missing) == (["a"], ["b"])


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../../x", "a//b", "./a", "", ".model_env/lock", "a\x00b", "a\\b"]
)
def test_names_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(ModelEnvError) as caught:
        refuse_unsafe_paths([HubFile("good", 1, ""), HubFile(path, 1, "")], "acme/x")
    assert caught.value.kind == "invalid"


def test_ordinary_names_pass() -> None:
    refuse_unsafe_paths([HubFile(path, 1, "") for path in ("a", ".gitattributes", "a/..b/c d", "x.model_env/y")], "")
