# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are wanted, as huggingface_hub chooses them; which names are refused; sizes."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.weights.files import Selection, select
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

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
    files, missing = select([hub_file(path, 1, "") for path in PATHS], selection)
    assert [file.path for file in files] == wanted
    assert missing == []


def test_a_named_file_that_is_not_there_is_told() -> None:
    files, missing = select([hub_file("a", 1, "")], Selection(names=("a", "b")))
    assert ([file.path for file in files], missing) == (["a"], ["b"])
