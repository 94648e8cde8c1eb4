# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts that share a root leave there for each other."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import mounts
from ansible_collections.portable.model_env.plugins.module_utils.releases import sharers
from ansible_collections.portable.model_env.plugins.module_utils.releases.sharers import AbandonedNames, Sharers
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot


def test_the_first_run_gives_a_root_an_identity_that_stays(tmp_path: Path) -> None:
    root, other = Sharers(str(tmp_path / "a")), Sharers(str(tmp_path / "b"))
    assert root.identity() == ""
    root.sign()
    other.sign()
    first = root.identity()
    Sharers(str(tmp_path / "a")).sign()
    assert (root.identity(), len(first)) == (first, 64)
    assert other.identity() != first


@pytest.mark.parametrize("content", ["", "nonsense", '{"a": 1}', '"../../x"', '"' + "0" * 63 + '"'])
def test_what_is_no_identity_is_made_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / ".identity.json").write_text(content)
    root = Sharers(str(tmp_path))
    assert root.identity() == ""
    root.sign()
    assert len(root.identity()) == 64


def test_a_copy_on_a_filesystem_of_its_own_is_another_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's image may have been made with its root, identity and all."""
    tree = ModelRoot(str(tmp_path))
    tree.sharers.sign()
    monkeypatch.setattr(mounts, "place", lambda _path: ("1" * 64, False))
    assert tree.identity() == {"place": "1" * 64, "identity": None}
    monkeypatch.setattr(mounts, "place", lambda _path: ("", True))
    assert tree.identity() == {"place": None, "identity": tree.sharers.identity()}


def test_others_are_those_that_signed_lately(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharers, "_own", lambda: "n1%20ns")
    root = Sharers(str(tmp_path))
    assert root.others() == []
    root.sign()
    for name in ("n2%20ns", "n3%20ns", ".new-x"):
        (tmp_path / ".hosts" / name).touch()
    long_ago = time.time() - sharers.REMEMBERED_SECONDS - 60
    os.utime(tmp_path / ".hosts" / "n3%20ns", (long_ago, long_ago))
    assert root.others() == ["n2"]


def test_abandoned_names_are_kept(tmp_path: Path) -> None:
    names = AbandonedNames(str(tmp_path / "state"))
    assert names.read() == frozenset()
    names.add(["a-1"])
    names.add(["b-1", "a-1"])
    assert names.read() == {"a-1", "b-1"}


def test_the_oldest_abandoned_names_are_forgotten_first(tmp_path: Path) -> None:
    names = AbandonedNames(str(tmp_path))
    names.add(["a-first"])
    names.add(f"demo-{number:04}" for number in range(1000))
    assert len(names.read()) == 1000
    assert "a-first" not in names.read()


@pytest.mark.parametrize("content", ["{", '{"a": 1}', '[1, null, "demo-1"]'])
def test_a_record_that_is_none_says_no_more_than_its_names(content: str, tmp_path: Path) -> None:
    (tmp_path / ".abandoned.json").write_text(content)
    assert AbandonedNames(str(tmp_path)).read() == ({"demo-1"} if "demo-1" in content else frozenset())


def test_a_container_of_the_same_host_is_another_and_a_strangers_name_stays_on_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharers, "_own", lambda: "n1%20pid%3A%5B1%5D")
    root = Sharers(str(tmp_path))
    root.sign()
    for name in ("n1%20pid%3A%5B2%5D", "n%0A2%1B[31m"):
        (tmp_path / ".hosts" / name).touch()
    assert root.others() == ["n1", "n\\n2\\x1b[31m"]
