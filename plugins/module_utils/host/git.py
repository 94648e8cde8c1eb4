# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Git on the node: tags become commits, commits become source trees."""

from __future__ import annotations

import os
from typing import BinaryIO, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit


class Git:
    """Runs the node's git without ever asking for a password.

    :param runner: starts git.
    :param environment: the environment of git; credentials are the business of the node's git configuration.
    :param timeout: seconds for one command.
    """

    def __init__(self, runner: Runner, environment: Mapping[str, str], timeout: float = 900.0) -> None:
        self._runner = runner
        self._environment = {
            **environment,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": environment.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
        }
        self._timeout = timeout

    def commit_of_tag(self, url: str, tag: str) -> str:
        """The commit that a tag of a remote repository names.

        :returns: 40 hex digits.
        :raises ModelEnvError: no such tag (kind ``invalid``; says so if it is a branch), or the server cannot be
            asked (kind ``network``).
        """
        result = self._git(["ls-remote", "--", url, f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}", f"refs/heads/{tag}"])
        if result.rc != 0:
            raise self._unreachable(url, result)
        refs = {ref: commit for commit, _tab, ref in (line.partition("\t") for line in result.stdout.splitlines())}
        # An annotated tag is an object of its own; the entry ending in ^{} is the commit it stands for.
        commit = refs.get(f"refs/tags/{tag}^{{}}") or refs.get(f"refs/tags/{tag}")
        if commit:
            return commit
        branch = refs.get(f"refs/heads/{tag}")
        raise ModelEnvError(
            f"{url} has no tag {tag}" + (": it is a branch" if branch else ""),
            why="a branch moves, so two nodes would get different code"
            if branch
            else "the tag was mistyped or deleted",
            todo=f"name the commit instead, commit: {branch}"
            if branch
            else f"list the tags with: git ls-remote --tags {url}",
            kind="invalid",
        )

    def reach(self, url: str) -> None:
        """Ask a remote repository for its branches and tags, and forget them.

        :raises ModelEnvError: kind ``network``; the server cannot be asked.
        """
        result = self._git(["ls-remote", "--quiet", "--", url, "HEAD"])
        if result.rc != 0:
            raise self._unreachable(url, result)

    def checkout(self, url: str, commit: str, path: str, log: BinaryIO | None = None) -> None:
        """Make ``path`` a source tree of ``url`` at ``commit``, with its submodules.

        :param path: must not exist.
        :raises ModelEnvError: the server cannot be asked, or has no such commit.
        """
        os.makedirs(path)
        for arguments in (["init", "--quiet"], ["remote", "add", "origin", url]):
            self._must(arguments, path, url, log)
        # One commit is all that is needed; servers that hand out only branch heads and tags get asked for everything.
        if self._git(["fetch", "--quiet", "--depth=1", "origin", commit], path, log).rc != 0:
            self._must(["fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"], path, url, log)
        if self._git(["checkout", "--quiet", "--detach", commit], path, log).rc != 0:
            raise ModelEnvError(
                f"{url} has no commit {commit}",
                why="the commit was mistyped, or its branch was rewritten",
                todo="name a commit that a clone of the repository has",
                kind="invalid",
            )
        if os.path.exists(os.path.join(path, ".gitmodules")):
            self._must(["submodule", "--quiet", "update", "--init", "--recursive"], path, url, log)

    def _must(self, arguments: list[str], path: str, url: str, log: BinaryIO | None) -> None:
        result = self._git(arguments, path, log)
        if result.rc != 0:
            raise self._unreachable(url, result)

    def _git(self, arguments: list[str], path: str = "/", log: BinaryIO | None = None) -> CommandResult:
        try:
            return self._runner.run(
                ["git", *arguments], env=self._environment, cwd=path, timeout=self._timeout, log=log
            )
        except FileNotFoundError:
            raise ModelEnvError(
                "this node has no git",
                why="the spec names git packages or source checkouts",
                todo="install git (or run with become, so that the role build_deps installs it)",
                kind="io",
            ) from None

    @staticmethod
    def _unreachable(url: str, result: CommandResult) -> ModelEnvError:
        lines = [line for line in result.stderr.strip().splitlines() if line.strip()]
        return ModelEnvError(
            f"git cannot read {url}",
            why="it took too long"
            if result.timed_out
            else (lines[-1] if lines else f"git ended with status {result.rc}"),
            todo="check the address, the network, and that this user's git may read the repository without a password",
            kind="network",
        )


def head_commit(path: str) -> str:
    """The commit of a source tree that :meth:`Git.checkout` made, read without starting git; "" if it is gone."""
    try:
        with open(os.path.join(path, ".git", "HEAD"), encoding="ascii", errors="replace") as handle:
            head = handle.read().strip()
    except OSError:
        return ""
    return head if Commit.fits(head) else head.rpartition("/")[2]
