# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editable git packages of the module pip: source trees below the virtual environment that are installed in place."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git, head_commit
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.request import GitSource

FOLDER = "src"
_TAG_FILE = "model_env-tag"  # in .git: the tag that was asked for, and its commit


@dataclass(frozen=True)
class SourceTree:
    """One editable package's source tree.

    :ivar path: where it lies (in a check run: where it would lie).
    :ivar before: the commit that is there; "" if none.
    :ivar after: the commit that is wanted.
    :ivar fresh: a folder with the wanted commit, still elsewhere; "" if the right one is in place.
    """

    package: GitSource
    path: str
    before: str
    after: str
    fresh: str = ""

    def requirement(self, preview: bool = False) -> Requirement:
        """The requirement; ``preview``: of the tree while it is still elsewhere."""
        top = self.fresh if preview and self.fresh else self.path
        place = os.path.join(top, self.package.subdirectory) if self.package.subdirectory else top
        return Requirement(place + self.package.suffix, editable=True, name=self.package.name, again=bool(self.fresh))

    @property
    def installed_path(self) -> str:
        """What ``direct_url.json`` will hold."""
        return self.requirement().text.partition("[")[0]

    @property
    def previewed_path(self) -> str:
        """What the installer's dry run speaks of."""
        return self.requirement(preview=True).text.partition("[")[0]


class SourceTrees:
    """Finds and fetches source trees.

    :param prefix: the virtual environment.
    :param tmpdir: on its filesystem.
    """

    def __init__(self, git: Git, runner: Runner, prefix: str, tmpdir: str, log: str) -> None:
        self._git = git
        self._runner = runner
        self._prefix = prefix
        self._tmpdir = tmpdir
        self._log = log

    def prepare(self, package: GitSource) -> SourceTree:
        """Look at a package's tree, and fetch the wanted commit beside it if it has another; asks no server otherwise.

        :raises ModelEnvError: it was changed by hand, or the commit cannot be had.
        """
        path = os.path.join(self._prefix, FOLDER, package.name)
        before = head_commit(path)
        if before and (before == package.commit or self._tag(path) == f"{package.tag} {before}"):
            return SourceTree(package, path, before, before)
        if os.path.lexists(path):
            self._refuse_changed(path)
        after = package.commit or self._git.commit_of_tag(package.url, package.tag)
        fresh = os.path.join(self._tmpdir, f"src-{package.name}")
        with open_log(self._log) as log:
            self._git.checkout(package.url, after, fresh, log)
        if package.tag:
            with open(os.path.join(fresh, ".git", _TAG_FILE), "w", encoding="utf-8") as handle:
                handle.write(f"{package.tag} {after}")
        return SourceTree(package, path, before, after, fresh)

    def place(self, tree: SourceTree) -> str:
        """Put a fetched tree where it belongs; returns where the old one is kept, "" if there was none."""
        os.makedirs(os.path.dirname(tree.path), exist_ok=True)
        aside = ""
        if os.path.lexists(tree.path):
            aside = os.path.join(self._tmpdir, f"old-{tree.package.name}")
            os.rename(tree.path, aside)
        os.rename(tree.fresh, tree.path)
        return aside

    @staticmethod
    def put_back(tree: SourceTree, aside: str) -> None:
        """Undo :meth:`place`."""
        filesystem.remove_tree(tree.path)
        if aside:
            os.rename(aside, tree.path)

    @staticmethod
    def _tag(path: str) -> str:
        try:
            with open(os.path.join(path, ".git", _TAG_FILE), encoding="utf-8") as handle:
                return handle.read().strip()
        except OSError:
            return ""

    def _refuse_changed(self, path: str) -> None:
        # Without its lock git does not refresh its index, which would be a change in a check run.
        look = ["git", "--no-optional-locks", "-C", path, "status", "--porcelain", "--untracked-files=no"]
        result = self._runner.run(look)
        if result.rc == 0 and not result.stdout.strip():
            return
        foreign = result.rc != 0
        raise ModelEnvError(
            f"{path} is no source tree of git" if foreign else f"the source tree {path} was changed by hand",
            where=self._prefix,
            why=result.stderr.strip() if foreign else "checking out the wanted commit would lose the changes",
            todo="move the folder away" if foreign else "push them and name that commit, or remove the folder",
            kind="invalid",
            details={"status": result.stdout.strip()},
        )
