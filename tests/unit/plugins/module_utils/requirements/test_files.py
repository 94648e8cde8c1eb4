# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirements files: what is taken from them, and what belongs in the task."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.requirements.files import read
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a==1\n\n  b==2  \n", [Requirement("a==1"), Requirement("b==2")]),
        ("# all\na==1 # one\n", [Requirement("a==1")]),
        ("a @ https://h/a.whl#sha256=00\n", [Requirement("a @ https://h/a.whl#sha256=00")]),
        (
            "a==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nb==2",
            [Requirement("a==1", ("sha256:00", "sha256:11")), Requirement("b==2")],
        ),
        (
            "a==1 ; python_version < '3.12' --hash sha256:00",
            [Requirement("a==1 ; python_version < '3.12'", ("sha256:00",))],
        ),
        ("a==1 \\", [Requirement("a==1")]),
    ],
)
def test_requirements(text: str, expected: list[Requirement]) -> None:
    assert read(text, "r.txt").requirements == expected


def test_includes() -> None:
    content = read("-r more.txt\n--requirement=other.txt\n-c limits.txt\n", "r.txt")
    assert (content.files, content.constraints, content.requirements) == (["more.txt", "other.txt"], ["limits.txt"], [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--index-url https://h/simple", "index_url"),
        ("--extra-index-url=https://h/simple", "extra_index_urls"),
        ("-f /links", "find_links"),
        ("-e git+https://h/x@v1", "editable"),
        ("--pre", "remove it"),
        ("a==1 --config-settings=x=y", "remove it"),
    ],
)
def test_options_belong_in_the_task(line: str, words: str) -> None:
    with pytest.raises(ModelEnvError) as caught:
        read(f"b==1\n{line}\n", "r.txt")
    assert caught.value.kind == "invalid" and "r.txt, line 2" in caught.value.what and words in caught.value.todo
