# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lock is: its digest stands for what is installed, and what cannot be a lock is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import as_locked, differences
from ansible_collections.portable.model_env.tests.support.locks import COMMIT, SHA, index_package, make_lock, wheel

OTHER = "f" * 64
GIT = {"url": "https://host/clip.git", "commit": COMMIT, "subdirectory": "python"}


def test_the_digest_is_of_contents_alone() -> None:
    lock = make_lock(index_package("a", "1"), {"name": "clip", "source": GIT})
    again = make_lock({"name": "clip", "source": GIT}, index_package("a", "1"), resolver="uv 9", platform="other")
    assert lock.digest == again.digest
    moved = make_lock(index_package("a", "1"), {"name": "clip", "source": {**GIT, "url": "https://mirror/clip.git"}})
    assert moved.digest == lock.digest
    sdist = {"sdist": {"name": "a-1.tar.gz", "sha256": OTHER}}
    assert make_lock(index_package("a", "1", **sdist), {"name": "clip", "source": GIT}).digest == lock.digest


@pytest.mark.parametrize(
    "packages",
    [
        [index_package("a", "2")],
        [index_package("a", "1", wheels=[wheel("a-1", OTHER)])],
        [index_package("a", "1"), index_package("b", "1")],
        [{"name": "a", "version": "1", "source": GIT}],
    ],
)
def test_other_contents_have_another_digest(packages: list[dict[str, Any]]) -> None:
    assert make_lock(*packages).digest != make_lock(index_package("a", "1")).digest


@pytest.mark.parametrize(
    ("package", "why"),
    [
        ({"name": "a", "version": "1"}, "neither files"),
        ({"name": "A_b", "version": "1", "wheels": [wheel("a-1")]}, "no canonical name of"),
        (index_package("a", "1", wheels=[{"name": "../a.whl", "sha256": SHA}]), "does not stay below"),
        (index_package("a", "1", wheels=[{"name": "a.whl", "sha256": "12"}]), "no sha256"),
        (index_package("a", "1\n--extra-index-url x"), "control characters"),
        ({"name": "a", "source": {"url": "https://h/a.git"}}, "either a sha256 or a commit"),
    ],
)
def test_what_cannot_be_locked_is_refused(package: dict[str, Any], why: str) -> None:
    with pytest.raises(ModelEnvError) as error:
        make_lock(package)
    assert why in error.value.why


def test_a_name_stands_once() -> None:
    with pytest.raises(ModelEnvError, match="more than once"):
        make_lock(index_package("a", "1"), index_package("a", "2"))


def test_contents_for_people() -> None:
    archive = {"url": "https://h/x.tar.gz", "sha256": SHA}
    lock = make_lock(index_package("a", "1"), {"name": "clip", "source": GIT}, {"name": "x", "source": archive})
    assert lock.contents == {"a": "1", "clip": f"git+https://host/clip.git@{COMMIT}", "x": "https://h/x.tar.gz"}
    assert as_locked(lock).contents == lock.contents
    assert lock.commit("Clip") == COMMIT
    assert lock.commit("a") == lock.commit("none") == ""
    assert differences({"a": "1", "b": "1"}, {"a": "2", "c": "1"}) == ["a 1 -> 2", "b 1 -> (none)", "c (none) -> 1"]


def test_sources_as_requirements_and_as_what_installers_record() -> None:
    lock = make_lock(
        {"name": "clip", "source": GIT}, {"name": "x", "source": {"url": "https://h/x.tar.gz", "sha256": SHA}}
    )
    clip, x = (one.source for one in lock.packages)
    assert clip is not None and x is not None
    assert clip.requirement == f"git+https://host/clip.git@{COMMIT}#subdirectory=python"
    assert clip.direct_url["vcs_info"] == {"vcs": "git", "commit_id": COMMIT}
    assert x.requirement == f"https://h/x.tar.gz#sha256={SHA}"
    assert x.direct_url == {"url": "https://h/x.tar.gz", "archive_info": {"hashes": {"sha256": SHA}}}


def test_the_hashes_of_a_spec_limit_the_files_of_its_lock() -> None:
    wheels = [wheel("a-1"), wheel("a-1-cp311", OTHER)]
    lock = make_lock(index_package("a", "1", wheels=wheels), index_package("b", "1"))
    held = lock.held_to({"a": [f"sha256:{OTHER}"]})
    assert [[file.sha256 for file in one.files] for one in held.packages] == [[OTHER], [SHA]]
    assert held.digest != lock.digest
    assert lock.held_to({}) == lock
    for wrong in (f"sha256:{'0' * 64}", f"sha512:{SHA}{SHA}"):
        with pytest.raises(ModelEnvError, match="no file of a 1 has a hash that the spec allows"):
            lock.held_to({"a": [wrong]})
