# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is installed comes from where a requirement says."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import origins
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import parse_requirement

C1, C2 = "1" * 40, "2" * 40
H1, H2 = "a" * 64, "b" * 64


def vcs(commit: str, asked: str = "", **more: Any) -> dict[str, Any]:
    return {"url": "https://h/x", "vcs_info": {"vcs": "git", "commit_id": commit, "requested_revision": asked}, **more}


def archive(sha256: str) -> dict[str, Any]:
    return {"url": "https://h/x.whl", "archive_info": {"hashes": {"sha256": sha256}}}


EDITABLE = {"url": "file:///src/x%20y", "dir_info": {"editable": True}}


@pytest.mark.parametrize(
    ("text", "origin", "expected"),
    [
        ("x==1", None, True),
        ("x==1", vcs(C1), False),
        ("x==1", EDITABLE, False),
        ("x==1", {}, False),  # direct_url.json is there and cannot be read
        (f"x @ git+https://h/x@{C1}", vcs(C1, C1), True),
        (f"x @ git+https://u:p@h/x/@{C1}", vcs(C1, C1), True),
        (f"x @ git+https://h/x@{C1}", vcs(C1, "v1"), True),
        (f"x @ git+https://h/x@{C2}", vcs(C1, C1), False),
        (f"x @ git+https://h/y@{C1}", vcs(C1, C1), False),
        (f"x @ git+https://h/x@{C1}", None, False),
        (f"x @ git+https://h/x@{C1}", EDITABLE, False),
        (f"x @ git+https://h/x@{C1}#subdirectory=a", vcs(C1, C1), False),
        (f"x @ git+https://h/x@{C1}#subdirectory=a", vcs(C1, C1, subdirectory="a"), True),
        ("x @ git+https://h/x@refs/tags/v1", vcs(C1, "refs/tags/v1"), True),
        ("x @ git+https://h/x@refs/tags/v2", vcs(C1, "refs/tags/v1"), False),
        ("x @ git+https://h/x", vcs(C1, ""), False),
        (f"x @ https://h/x.whl#sha256={H1}", archive(H1), True),
        (f"x @ https://h/x.whl#sha256={H1}", archive(H2), False),
        (f"x @ https://h/x.whl#sha256={H1}", {"url": "https://h/x.whl", "archive_info": {}}, False),
        (
            f"x @ https://h/x.whl#sha256={H1}",
            {"url": "https://h/x.whl", "archive_info": {"hash": f"sha256={H1}"}},
            True,
        ),
        ("x @ https://h/x.whl", archive(H1), False),
        ("x @ file:///src/x", {"url": "file:///src/x", "dir_info": {}}, False),
    ],
)
def test_origin_as_asked(text: str, origin: dict[str, Any] | None, expected: bool) -> None:
    parsed = parse_requirement(text)
    assert parsed is not None
    assert origins.satisfied(parsed, origin) is expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, ("1.0", "index")),
        (vcs(C1, "v1"), (f"git+https://h/x@{C1}", "vcs")),
        (archive(H1), (f"https://h/x.whl#sha256={H1}", "url")),
        (EDITABLE, ("-e /src/x y", "editable")),
        ({"url": "file:///src/x", "dir_info": {}}, ("file:///src/x", "dir")),
    ],
)
def test_identity(origin: dict[str, Any] | None, expected: tuple[str, str]) -> None:
    assert origins.identity("1.0", origin) == expected


def test_changes_are_sorted_and_say_what_is_there_afterwards() -> None:
    before = {"b": ("1", "index"), "c": ("-e /c", "editable"), "same": ("1", "index")}
    after = {"a": ("git+x@1", "vcs"), "b": ("2", "index"), "same": ("1", "index")}
    assert origins.changes(before, after) == [
        Change("a", None, "git+x@1", "vcs"),
        Change("b", "1", "2", "index"),
        Change("c", "-e /c", None, "editable"),
    ]
