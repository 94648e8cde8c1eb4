# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Source trees of editable git packages, from a real repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git, head_commit
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.request import GitSource
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.source_trees import SourceTrees
from ansible_collections.portable.model_env.tests.support import packages


class Site:
    """A repository of two commits, and the trees of one environment."""

    def __init__(self, folder: Path) -> None:
        repository = packages.Repository(folder, "gamma")
        self.first = repository.commit({"pkg/gamma.py": "first"}, tag="v1")
        self.second = repository.commit({"pkg/gamma.py": "second"})
        self.url = f"file://{repository.bare}"
        self.env, self.tmp = folder / "env", folder / "tmp"
        self.tmp.mkdir()
        runner = CommandRunner()
        self.trees = SourceTrees(Git(runner, os.environ), runner, str(self.env), str(self.tmp), "")

    def package(self, commit: str = "", tag: str = "", url: str = "") -> GitSource:
        """An editable package in a folder of the repository."""
        return GitSource("gamma", url or self.url, commit, tag, "pkg", True, ("x",))

    @property
    def path(self) -> Path:
        """Where its tree belongs."""
        return self.env / "src" / "gamma"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_tree_is_fetched_beside_and_then_placed(site: Site) -> None:
    tree = site.trees.prepare(site.package(site.first))
    assert (tree.before, tree.after) == ("", site.first)
    assert not site.path.exists()
    assert tree.requirement(preview=True).text == f"{tree.fresh}/pkg[x]"
    assert site.trees.place(tree) == ""
    assert head_commit(str(site.path)) == site.first
    assert tree.requirement().text == f"{site.path}/pkg[x]"
    assert tree.installed_path == f"{site.path}/pkg"


@pytest.mark.parametrize("by_tag", [False, True])
def test_what_is_in_place_asks_no_server(site: Site, by_tag: bool) -> None:
    wanted = {"tag": "v1"} if by_tag else {"commit": site.first}
    site.trees.place(site.trees.prepare(site.package(**wanted)))
    again = site.trees.prepare(site.package(**wanted, url="file:///gone"))
    assert (again.before, again.after, again.fresh) == (site.first, site.first, "")
    assert not again.requirement().again


def test_the_old_tree_comes_back(site: Site) -> None:
    site.trees.place(site.trees.prepare(site.package(site.first)))
    tree = site.trees.prepare(site.package(site.second))
    assert (tree.before, tree.after) == (site.first, site.second)
    aside = site.trees.place(tree)
    assert head_commit(str(site.path)) == site.second
    site.trees.put_back(tree, aside)
    assert head_commit(str(site.path)) == site.first


def test_changes_by_hand_are_not_lost(site: Site) -> None:
    site.trees.place(site.trees.prepare(site.package(site.first)))
    (site.path / "pkg" / "gamma.py").write_text("mine")
    assert site.trees.prepare(site.package(site.first)).fresh == "", "the wanted commit is there"
    with pytest.raises(ModelEnvError, match="changed by hand"):
        site.trees.prepare(site.package(site.second))


def test_another_folder_in_its_place(site: Site) -> None:
    site.path.mkdir(parents=True)
    (site.path / "precious").touch()
    with pytest.raises(ModelEnvError, match="no source tree of git"):
        site.trees.prepare(site.package(site.first))
