# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Git on the node, against real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git, head_commit


class Repository:
    """A bare repository with one commit per call of :meth:`commit`."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.url = f"file://{folder}/bare.git"
        self.git("init", "-q", "-b", "main", str(self.work), cwd=folder)
        self.git("clone", "-q", "--bare", str(self.work), str(folder / "bare.git"), cwd=folder)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git in the work tree."""
        identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=cwd or self.work, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, text: str, *tags: str) -> str:
        """Commit and push; returns the commit."""
        (self.work / "file").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", text)
        for tag in tags:
            self.git("tag", *(["-a", "-m", tag] if tag.startswith("annotated") else []), tag)
        self.git("push", "-q", "--tags", self.url, "main")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def git() -> Git:
    return Git(CommandRunner(), dict(os.environ))


def test_tags_become_commits(repository: Repository, git: Git) -> None:
    first = repository.commit("one", "v1", "annotated-1")
    repository.commit("two")
    assert git.commit_of_tag(repository.url, "v1") == first
    assert git.commit_of_tag(repository.url, "annotated-1") == first


def test_a_branch_is_refused_with_the_commit_to_write_instead(repository: Repository, git: Git) -> None:
    commit = repository.commit("one")
    with pytest.raises(ModelEnvError) as refusal:
        git.commit_of_tag(repository.url, "main")
    assert "it is a branch" in refusal.value.message
    assert f"commit: {commit}" in refusal.value.message


def test_an_unknown_tag_and_an_unreachable_server_are_told_apart(repository: Repository, git: Git) -> None:
    repository.commit("one")
    with pytest.raises(ModelEnvError) as unknown:
        git.commit_of_tag(repository.url, "v9")
    with pytest.raises(ModelEnvError) as unreachable:
        git.commit_of_tag(repository.url + "-not", "v9")
    assert (unknown.value.kind, unreachable.value.kind) == ("invalid", "network")


def test_checkout_of_a_commit_that_is_no_tip(repository: Repository, git: Git, tmp_path: Path) -> None:
    first = repository.commit("one")
    repository.commit("two")
    path = tmp_path / "tree"
    git.checkout(repository.url, first, str(path))
    assert (path / "file").read_text() == "one"
    assert head_commit(str(path)) == first


def test_checkout_of_an_unknown_commit(repository: Repository, git: Git, tmp_path: Path) -> None:
    repository.commit("one")
    with pytest.raises(ModelEnvError, match="has no commit"):
        git.checkout(repository.url, "0" * 40, str(tmp_path / "tree"))


def test_head_of_nothing_is_empty(tmp_path: Path) -> None:
    assert head_commit(str(tmp_path)) == ""


def test_no_password_is_ever_asked(repository: Repository, scripted_runner: object) -> None:
    class Seen:
        def __init__(self) -> None:
            self.environment: dict[str, str] = {}

        def run(self, argv: object, **options: object) -> object:
            self.environment = dict(options["env"])  # type: ignore[call-overload]
            return CommandRunner().run(["true"])

    seen = Seen()
    with pytest.raises(ModelEnvError):
        Git(seen, {"HOME": "/root"}).commit_of_tag("https://host/x", "v1")  # type: ignore[arg-type]
    assert seen.environment["GIT_TERMINAL_PROMPT"] == "0"
    assert "BatchMode=yes" in seen.environment["GIT_SSH_COMMAND"]
