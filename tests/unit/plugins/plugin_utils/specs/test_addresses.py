# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that move, and addresses that cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support.offences import (
    CLIP,
    COMMIT,
    PIN,
    PIN_HEAD,
    Row,
    checkout,
    git,
    spec,
    the_only_offence,
)

# fmt: off
ROWS: list[Row] = [
    (git(branch="main"), "git_packages[0].branch", "which moves", PIN),
    (git(version="main"), "git_packages[0].version", "which moves", PIN),
    (git(version="v2.6.3"), "git_packages[0].version", "which moves", 'tag: "v2.6.3"'),
    (git(ref=COMMIT), "git_packages[0].ref", "which moves", f'commit: "{COMMIT}"'),
    (git(tag="main"), "git_packages[0].tag", "is a branch", PIN),
    (git(tag="HEAD"), "git_packages[0].tag", "is a branch", PIN_HEAD),
    (git(tag="refs/heads/main"), "git_packages[0].tag", "is a branch", PIN),
    (git(tag="origin/main"), "git_packages[0].tag", "is a branch", PIN),
    (git(tag="refs/tags/v1"), "git_packages[0].tag", "by its name alone", 'tag: "v1"'),
    (git(tag=COMMIT), "git_packages[0].tag", "a commit, not a tag", f'commit: "{COMMIT}"'),
    (git(tag="a b"), "git_packages[0].tag", "is no name of a tag", 'tag: "v1.2"'),
    (git(commit="0123abc"), "git_packages[0].commit", "abbreviated", PIN_HEAD),
    (git(commit="main"), "git_packages[0].commit", "is no commit", PIN),
    (git(), "git_packages[0]", "neither commit nor tag", PIN_HEAD),
    (git(commit=COMMIT, tag="v1"), "git_packages[0]", "both given", "remove tag: v1"),
    (git(commit=COMMIT, subdirectory="../x"), "git_packages[0].subdirectory", "leads out of", 'subdirectory: "x"'),
    (git(commit=COMMIT, subdirectory="/x"), "git_packages[0].subdirectory", "is an absolute path", 'subdirectory: "x"'),
    (git(commit=COMMIT, name="a b"), "git_packages[0].name", "is no name of a distribution", "name: a-b"),
    (git(commit=COMMIT, extras=["a b"]), "git_packages[0].extras[0]", "is no name of an extra", "extras: [gpu]"),
    (git(commit=COMMIT, url=f"git+{CLIP}"), "git_packages[0].url", "is no URL of a known kind", f'url: "{CLIP}"'),
    (git(commit=COMMIT, url="git@github.com:o/r.git"), "git_packages[0].url", "is no URL",
     'url: "ssh://git@github.com/o/r.git"'),
    (git(commit=COMMIT, url="git://h/r.git"), "git_packages[0].url", "is no URL", 'url: "https://h/r.git"'),
    (git(commit=COMMIT, url="/srv/git/r"), "git_packages[0].url", "is no URL", 'url: "file:///srv/git/r"'),
    (git(url=f"{CLIP}@main"), "git_packages[0].url", "more than the repository", f'url: "{CLIP}" and {PIN}'),
    (git(commit=COMMIT, url=f"{CLIP}#egg=clip"), "git_packages[0].url", "more than the repository", f'url: "{CLIP}"'),
    (checkout(branch="main", commit=None), "checkouts[0].branch", "which moves", PIN),
    (checkout(path="/x"), "checkouts[0].path", "is an absolute path", 'path: "x"'),
    (checkout(path="../x"), "checkouts[0].path", "leads out of", 'path: "x"'),
    (checkout(path="."), "checkouts[0].path", "names no folder", "path: <folder>"),
    (spec(checkouts=[{"url": CLIP, "commit": COMMIT, "path": p} for p in ("a", "a/b")]), "checkouts[1].path",
     "collides with a of checkouts[0]", "path: a-b-2"),
    ({**checkout(path="clip"), **git(commit=COMMIT, editable=True)}, "checkouts[0].path", "collides with clip",
     "path: clip-2"),
    (spec(git_packages=[{"name": n, "url": CLIP, "commit": COMMIT} for n in ("clip", "Clip")]), "git_packages[1]",
     "is in git_packages[0], too", "remove git_packages[1] or git_packages[0]"),
]
# fmt: on


@pytest.mark.parametrize(
    ("written", "path", "problem", "fix"), ROWS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_offence(written: Any, path: str, problem: str, fix: str) -> None:
    the_only_offence(written, path, problem, fix)
