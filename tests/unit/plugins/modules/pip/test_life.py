# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of an environment under the module, as one table: each step in check mode and for real, and both again."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages
from ansible_collections.portable.model_env.tests.support import packages
from ansible_collections.portable.model_env.tests.support.index import Index

from .conftest import Module

# Arguments of the module, and the changes that they make.
Step = tuple[dict[str, Any], list[dict[str, Any]]]


def change(name: str, before: str | None, after: str | None, origin: str = "index") -> dict[str, Any]:
    return {"name": name, "before": before, "after": after, "origin": origin}


def git_steps(index: Index, editable: bool, module: Module) -> list[Step]:
    """A package at a commit, at a new commit with the same version, at a tag, and gone."""
    repository = packages.Repository(index.folder, "gamma")
    tree = packages.sources("gamma", "1.0", requires=["omega"])
    first = repository.commit(tree, tag="v1")
    second = repository.commit({**tree, "gamma.py": "SECOND = 1\n"})
    url = f"{index.url}/git/gamma.git"

    def git(**reference: str) -> dict[str, Any]:
        return {"git": [{"name": "gamma", "url": url, "editable": editable, **reference}]}

    def words(commit: str) -> str:
        return f"-e {module.path}/src/gamma@{commit}" if editable else f"git+{url}@{commit}"

    origin = "editable" if editable else "vcs"
    return [
        (git(commit=first), [change("gamma", None, words(first), origin), change("omega", None, "1.0")]),
        (git(commit=second), [change("gamma", words(first), words(second), origin)]),
        (git(tag="v1"), [change("gamma", words(second), words(first), origin)]),
        ({"name": ["gamma"], "state": "absent"}, [change("gamma", words(first), None, origin)]),
    ]


def index_steps(_index: Index, _module: Module) -> list[Step]:
    """Packages of an index: created, modified, reduced, removed."""
    return [
        (
            {"name": ["beta==1.0", "alpha==1.0", "omega==1.0"]},
            [change("alpha", None, "1.0"), change("beta", None, "1.0"), change("omega", None, "1.0")],
        ),
        ({"name": ["beta==1.0", "alpha==2.0"]}, [change("alpha", "1.0", "2.0")]),
        ({"name": ["beta==1.0"], "state": "exact"}, [change("omega", "1.0", None)]),
        ({"name": ["Beta", "not-there"], "state": "absent"}, [change("beta", "1.0", None)]),
        ({"state": "exact"}, [change("alpha", "2.0", None)]),
    ]


LIVES: dict[str, Callable[[Index, Module], list[Step]]] = {
    "index": index_steps,
    "git": lambda index, module: git_steps(index, False, module),
    "editable": lambda index, module: git_steps(index, True, module),
}


@pytest.mark.parametrize("life", LIVES)
def test_life(module: Module, index: Index, life: str) -> None:
    for number, (arguments, expected) in enumerate(LIVES[life](index, module)):
        before = module.snapshot()
        foretold = module.ok(check=True, **arguments)
        assert module.snapshot() == before, "a check run changed something"
        assert foretold["changes"] == expected
        assert (foretold["changed"], foretold["created"]) == (True, number == 0)
        done = module.ok(**arguments)
        assert done["changes"] == expected
        assert (done["changed"], done["created"]) == (True, number == 0)
        assert done["diff"] == foretold["diff"]
        after = module.snapshot()
        index.requests.clear()
        for check in (True, False):
            again = module.ok(check=check, **arguments)
            assert (again["changed"], again["changes"], again["created"]) == (False, [], False)
        assert module.snapshot() == after
        assert index.requests == [], "a run that changes nothing asks no server"
        assert {path.name for path in module.folder.iterdir()} == {"env", "env.log"}, "litter"
    assert not (module.folder.parent / "home" / ".cache").exists(), "a cache"


def test_what_is_returned(module: Module) -> None:
    result = module.ok(name=["alpha==1.0"])
    assert result["python"] == f"{module.path}/bin/python"
    assert result["virtualenv"] == str(module.path)
    assert result["log"] == f"{module.path}.log"
    assert result["attempts"] == 1 and result["seconds"] > 0 and "install" in result["command"]
    assert result["diff"]["before"] == "" and result["diff"]["after"] == "alpha==1.0\n"
    assert (module.folder / "env.log").stat().st_mode & 0o777 == 0o600


def other_python() -> str:
    """A second interpreter of this machine, of another version; skips where there is none."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for minor in ("3.11", "3.12", "3.10", "3.13", "3.9"):
        for folder in ("/usr/bin", os.path.expanduser(f"~/.pyenv/versions/{minor}.*/bin")):
            for path in glob.glob(os.path.join(folder, f"python{minor}")):
                if minor != own:
                    return path
    pytest.skip("there is one Python only on this machine")


def test_another_interpreter_builds_anew(module: Module) -> None:
    python = other_python()
    module.ok(name=["alpha==1.0", "omega==1.0"])
    wanted: dict[str, Any] = {"name": ["alpha==2.0"], "virtualenv_python": python}
    expected = [change("alpha", "1.0", "2.0"), change("omega", "1.0", None)]
    foretold = module.ok(check=True, **wanted)
    done = module.ok(**wanted)
    for result in (foretold, done):
        assert (result["changes"], result["created"], "Python" in result["reason"]) == (expected, True, True)
    assert os.path.realpath(module.path / "bin" / "python") == os.path.realpath(python)
    assert module.ok(**wanted)["changed"] is False
    version = os.path.basename(python).removeprefix("python")
    assert module.ok(name=["alpha==2.0"], virtualenv_python=version)["changed"] is False


def test_a_failure_while_building_anew_brings_the_old_one_back(module: Module) -> None:
    module.ok(name=["alpha==1.0"])
    module.fails("no_such_version", name=["alpha==9.0"], virtualenv_python=other_python())
    assert module.versions() == {"alpha": "1.0"}
    assert module.ok(name=["alpha==1.0"])["changed"] is False


def test_a_failure_while_creating_leaves_nothing(module: Module) -> None:
    module.fails("no_such_version", name=["alpha==9.0"])
    assert not module.path.exists()


def test_a_lost_interpreter_builds_anew(module: Module) -> None:
    module.ok(name=["alpha==1.0"])
    link = module.path / "bin" / "python"
    for path in (module.path / "bin").glob("python*"):
        path.unlink()
    link.symlink_to("/nowhere/python")
    result = module.ok(name=["alpha==1.0"])
    assert (result["created"], result["reason"]) == (True, "its interpreter is gone")


def test_system_site_packages_are_never_seen(module: Module) -> None:
    module.ok(name=["alpha==1.0"])
    settings = module.path / "pyvenv.cfg"
    text = settings.read_text()
    assert "include-system-site-packages = false" in text
    settings.write_text(text.replace("= false", "= true"))
    assert "site packages" in module.ok(name=["alpha==1.0"])["reason"]


def test_without_tools(module: Module) -> None:
    """Pip comes from the environment itself, uv from where it is said."""
    arguments: dict[str, Any] = {"name": ["alpha==1.0"], "tools": None}
    foretold = module.ok(check=True, **arguments)
    done = module.ok(**arguments)
    assert foretold["changes"] == done["changes"] and change("alpha", None, "1.0") in done["changes"]
    assert ("pip" in module.versions()) == (module.defaults["installer"] == "pip")
    assert module.ok(**arguments)["changed"] is False
    exact = module.ok(state="exact", **arguments)
    assert module.versions().keys() <= {"alpha", "pip"}
    assert [entry["name"] for entry in exact["changes"]] in ([], ["setuptools"], ["setuptools", "wheel"])


def test_requirements_file(module: Module) -> None:
    (module.folder / "more.txt").write_text("omega==1.0\n")
    (module.folder / "limits.txt").write_text("alpha<2  # the old one\n")
    (module.folder / "all.txt").write_text(
        "# what we need\nbeta==1.0 \\\n    ; python_version > '3'\n-r more.txt\n-c limits.txt\n"
    )
    result = module.ok(requirements=f"{module.folder}/all.txt")
    assert [(entry["name"], entry["after"]) for entry in result["changes"]] == [
        ("alpha", "1.0"), ("beta", "1.0"), ("omega", "1.0"),
    ]  # fmt: skip


def test_version_of_one_name(module: Module) -> None:
    assert module.ok(name=["alpha"], version="1.0")["changes"] == [change("alpha", None, "1.0")]


def test_editable_source_trees(module: Module) -> None:
    tree = module.folder / "tree"
    tree.mkdir()
    for path, text in packages.sources("gamma", "1.0", requires=["omega"]).items():
        (tree / path).write_text(text)
    result = module.ok(name=[str(tree)], editable=True)
    assert result["changes"] == [change("gamma", None, f"-e {tree}", "editable"), change("omega", None, "1.0")]
    assert module.ok(name=[str(tree)], editable=True)["changed"] is False
    assert site_packages.read(str(module.path))["gamma"].editable


def test_an_empty_environment(module: Module) -> None:
    assert module.ok(check=True)["changed"] is True
    assert module.ok()["created"] is True
    assert module.ok()["changed"] is False


def test_absent_without_an_environment(module: Module) -> None:
    assert module.ok(name=["alpha"], state="absent")["changed"] is False
    assert not module.path.exists()
