# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order and the arguments of a build: the installer only takes notes, interpreters and git are real."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change, InstallResult, Tools
from ansible_collections.portable.model_env.plugins.module_utils.releases import build as module
from ansible_collections.portable.model_env.plugins.module_utils.releases.build import Build, BuildSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.packages import Repository
from ansible_collections.portable.model_env.tests.support.specs import make_spec

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PREVIOUS = {
    "einops": Installed("0.7.0", "0.7.0", "index"),
    "numpy": Installed("2.2.6", "2.2.6", "index"),
    "clip": Installed("1.0", "git+https://host/clip@" + "a" * 40, "vcs"),
}


class Notes:
    """An installer that notes what it is asked for.

    :ivar asked: requirement texts, options and TMPDIR of each transaction.
    :ivar refuse: says of the options whether a transaction fails, and how.
    """

    name = "notes"

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], Any, str]] = []
        self.venvs: list[tuple[str, str]] = []
        self.refuse: Callable[[Any], ModelEnvError | None] = lambda _options: None
        self.found: list[Change] = []

    def create_venv(self, path: str, interpreter: str, *, tmpdir: str, log: str) -> None:
        """As ``Installer.create_venv``."""
        assert os.path.isdir(tmpdir)
        os.makedirs(path)
        self.venvs.append((path, interpreter))

    def install(self, python: str, requirements: Any, options: Any, *, tmpdir: str, log: str) -> InstallResult:
        """As ``Installer.install``."""
        self.asked.append(([one.text for one in requirements], options, tmpdir))
        error = self.refuse(options)
        if error is not None:
            raise error
        return InstallResult([], attempts=1, command="install")

    def preview(self, python: str, requirements: Any, options: Any, *, tmpdir: str, log: str) -> list[Change]:
        """As ``Installer.preview``."""
        self.install(python, requirements, options, tmpdir=tmpdir, log=log)
        return self.found


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> Notes:
    class Box:
        def __init__(self, *_given: Any) -> None:
            pass

        def ensure(self, _tmpdir: str) -> Tools:
            return Tools("/tools/bin/python")

        temporary = ensure

    notes = Notes()
    monkeypatch.setattr(module, "Toolbox", Box)
    monkeypatch.setattr(module, "make_installer", lambda *_given, **_named: notes)
    return notes


@pytest.fixture
def tree(tmp_path: Path) -> ModelRoot:
    found = ModelRoot(str(tmp_path / "root"))
    found.prepare()
    return found


def make(tree: ModelRoot, previous: Any = None, settings: BuildSettings | None = None, **spec: Any) -> Build:
    given = make_spec(**{"python": VERSION, **spec})
    log = str(Path(tree.logs, "demo.log"))
    return Build(CommandRunner(), tree, settings or BuildSettings(), given, previous or {}, log=log)


def test_what_is_built_without_isolation_comes_after_all_that_it_needs(tree: ModelRoot, installer: Notes) -> None:
    settings = BuildSettings(seeds=("pip==26.0.1",), build_tools=("ninja==1.13.0",), timeout=7, index_url="https://i/")
    packages = {"packages": ["einops==0.8.0"], "build_packages": ["fused==1.0"], "environment": {"MAX_JOBS": "2"}}
    path = tree.release("demo-1")
    facts = make(tree, settings=settings, **packages).run(path)
    first, second = installer.asked
    assert first[0] == ["pip==26.0.1", "ninja==1.13.0", "einops==0.8.0"]
    assert (second[0], first[1].build_isolation, second[1].build_isolation) == (["fused==1.0"], True, False)
    assert (first[1].timeout, first[1].index_url, first[1].environment) == (7, "https://i/", {"MAX_JOBS": "2"})
    assert [(step["phase"], step["attempts"]) for step in facts["steps"]] == [("packages", 1), ("builds", 1)]
    ((venv, interpreter),) = installer.venvs
    assert (venv, facts["python"]["executable"]) == (path, interpreter)
    assert facts["installer"] == {"name": "notes", "tools": "/tools/bin/python"}
    assert first[2].startswith(tree.temporary), "on the filesystem of the releases"
    assert os.listdir(tree.temporary) == []


def test_the_index_of_the_spec_comes_before_that_of_the_node(tree: ModelRoot, installer: Notes) -> None:
    settings = BuildSettings(index_url="https://node/")
    make(tree, settings=settings, packages=["a==1"], index_url="https://spec/").run(tree.release("demo-1"))
    assert installer.asked[0][1].index_url == "https://spec/"


def test_versions_of_the_previous_release_are_kept_where_nothing_else_is_asked_for(
    tree: ModelRoot, installer: Notes
) -> None:
    build = make(tree, PREVIOUS, packages=["einops==0.8.0"], constraints=["scipy<2"])
    build.run(tree.release("demo-1"))
    assert [options.constraints for _texts, options, _tmpdir in installer.asked] == [["scipy<2", "numpy==2.2.6"]]


@pytest.mark.parametrize(
    ("kind", "tries"),
    [
        ("resolution", [["scipy<2", "numpy==2.2.6"], ["scipy<2"]]),
        ("no_such_version", [["scipy<2", "numpy==2.2.6"], ["scipy<2"]]),
        ("network", [["scipy<2", "numpy==2.2.6"]]),
    ],
)
def test_the_resolver_gets_its_freedom_back_only_where_the_kept_versions_do_not_fit(
    kind: str, tries: list[list[str]], tree: ModelRoot, installer: Notes
) -> None:
    def refuse(options: Any) -> ModelEnvError | None:
        return ModelEnvError("it failed", kind=kind) if "numpy==2.2.6" in options.constraints else None

    installer.refuse = refuse
    build = make(tree, PREVIOUS, packages=["einops==0.8.0"], constraints=["scipy<2"])
    if len(tries) == 1:
        with pytest.raises(ModelEnvError, match="it failed"):
            build.run(tree.release("demo-1"))
    else:
        build.run(tree.release("demo-1"))
    assert [options.constraints for _texts, options, _tmpdir in installer.asked] == tries


def test_what_fails_without_kept_versions_fails(tree: ModelRoot, installer: Notes) -> None:
    installer.refuse = lambda _options: ModelEnvError("it failed", kind="resolution")
    with pytest.raises(ModelEnvError, match="it failed"):
        make(tree, packages=["a==1"]).run(tree.release("demo-1"))
    assert len(installer.asked) == 1
    assert os.listdir(tree.temporary) == [], "its folder is gone all the same"


def test_an_interpreter_that_is_not_there_is_said_before_anything_is_made(tree: ModelRoot, installer: Notes) -> None:
    with pytest.raises(ModelEnvError) as caught:
        make(tree, python="3.99").run(tree.release("demo-1"))
    assert caught.value.kind == "interpreter"
    assert (installer.venvs, tree.release_folders()) == ([], [])


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path, "clip")
    found.commit({"setup.py": "print(1)", "model.py": "A = 1"}, tag="v1")
    return found


def test_source_trees_are_there_at_their_commit_and_tags_are_resolved(
    tree: ModelRoot, installer: Notes, repository: Repository
) -> None:
    url = f"file://{repository.bare}"
    tagged = repository.commit({"model.py": "A = 2"}, tag="v2")
    repository.commit({"model.py": "A = 3"})
    path = Path(tree.release("demo-1"))
    facts = make(
        tree,
        git_packages=[
            {"name": "clip", "url": url, "tag": "v2", "editable": True},
            {"name": "other", "url": url, "tag": "v2"},
        ],
        checkouts=[{"path": "code", "url": url, "tag": "v2"}],
    ).run(str(path))
    assert facts["checkouts"] == {"src/clip": tagged, "src/code": tagged}
    assert (path / "src" / "clip" / "model.py").read_text() == "A = 2"
    assert (path / "src" / "code" / "model.py").read_text() == "A = 2"
    assert installer.asked[0][0] == [f"{path}/src/clip", f"other @ git+{url}@{tagged}"]


def test_a_preview_says_what_a_build_would_give_and_leaves_nothing(
    tree: ModelRoot, installer: Notes, repository: Repository
) -> None:
    url, commit = f"file://{repository.bare}", repository.commit({"model.py": "A = 2"})
    installer.found = [
        Change("einops", None, "0.8.0", "index"),
        Change("gone", "1.0", None, "index"),
    ]
    given = make_spec(
        python=VERSION,
        packages=["einops==0.8.0"],
        build_packages=["fused==1.0 --no-binary"],
        git_packages=[
            {"name": "clip", "url": url, "commit": commit, "editable": True, "build_isolation": False},
            {"name": "other", "url": url, "commit": commit, "build_isolation": False},
        ],
        checkouts=[{"path": "code", "url": url, "commit": commit}],
    )
    found = Build(CommandRunner(), tree, BuildSettings(), given, {}).preview()
    assert {name: (one.words, one.origin) for name, one in found.items()} == {
        "einops": ("0.8.0", "index"),
        "fused": ("1.0", "index"),
        "clip": (f"-e {commit}", "editable"),
        "other": (f"git+{url}@{commit}", "vcs"),
    }
    assert (tree.release_folders(), os.listdir(tree.temporary)) == ([], [])
    assert not os.path.exists(installer.venvs[0][0])
