# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module refuses, and how it behaves when it is disturbed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support import packages
from ansible_collections.portable.model_env.tests.support.index import Fault, Index
from ansible_collections.portable.model_env.tests.support.waiting import alive, content

from .conftest import Module

COMMIT = "1" * 40
GIT = {"name": "gamma", "url": "https://git.invalid/gamma.git"}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no version": ({"name": ["alpha"]}, "alpha==<version>"),
    "two at once": ({"name": ["alpha", "beta>=1"]}, "beta==<version>"),
    "open range": ({"name": ["alpha>=1"], "pins": "bounded"}, "open at one end"),
    "range where exact is wanted": ({"name": ["alpha>=1,<2"]}, "pins: bounded"),
    "wildcard": ({"name": ["alpha==1.*"]}, "pins: bounded"),
    "archive without hash": ({"name": ["alpha @ https://h.invalid/alpha-1.0-py3-none-any.whl"]}, "#sha256="),
    "branch by name": ({"name": ["gamma @ git+https://git.invalid/gamma@main"]}, "commit: <40 hex digits>"),
    "folder": ({"name": ["gamma @ file:///src/gamma"]}, "editable"),
    "path": ({"name": ["/src/gamma"]}, "editable"),
    "option": ({"name": ["--pre"]}, "is an option"),
    "nonsense": ({"name": ["alpha = 1"]}, "cannot be read"),
    "git without reference": ({"git": [GIT]}, "a commit or a tag"),
    "git with both": ({"git": [{**GIT, "commit": COMMIT, "tag": "v1"}]}, "a commit or a tag"),
    "short commit": ({"git": [{**GIT, "commit": "1234567"}]}, "40 hex digits"),
    "git with a password": (
        {"git": [{"name": "gamma", "url": "https://u:s3cr3t@git.invalid/gamma", "commit": COMMIT}]},
        "credential helper",
    ),
    "git twice": ({"name": ["gamma==1.0"], "git": [{**GIT, "commit": COMMIT}]}, "both by name and under git"),
    "git out of its tree": ({"git": [{**GIT, "commit": COMMIT, "subdirectory": "../x"}]}, "leads out"),
    "git with hashes": ({"git": [{**GIT, "commit": COMMIT}], "require_hashes": True}, "commit is a hash already"),
    "hash of nothing": ({"name": ["alpha==1.0"], "hashes": {"beta": ["sha256:00"]}}, "beta, not listed"),
    "version of two": ({"name": ["alpha", "beta"], "version": "1"}, "exactly one name"),
    "relative environment": ({"name": ["alpha==1.0"], "virtualenv": "env"}, "absolute path"),
    "missing links": ({"name": ["alpha==1.0"], "find_links": ["/nowhere"]}, "/nowhere"),
    "missing file": ({"requirements": "/nowhere.txt"}, "/nowhere.txt"),
    "missing tools": ({"name": ["alpha==1.0"], "tools": "/nowhere"}, "no tools environment"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_happens(module: Module, index: Index, case: str) -> None:
    arguments, words = REFUSED[case]
    result = module.fails("invalid", **arguments)
    assert words in result["msg"] and "s3cr3t" not in json.dumps(result)
    assert index.requests == []
    assert list(module.folder.iterdir()) in ([], [module.folder / "env.log"])


@pytest.mark.parametrize("requirement", ["alpha>=1,<2", "alpha~=1.0", "alpha==1.*"])
def test_bounded_ranges_on_request(module: Module, requirement: str) -> None:
    assert module.ok(name=[requirement], pins="bounded")["changes"][0]["after"] == "1.0"
    assert module.ok(name=[requirement], pins="bounded")["changed"] is False


def test_any_on_request(module: Module) -> None:
    assert module.ok(name=["alpha"], pins="any")["changes"][0]["after"] == "2.0"


@pytest.mark.parametrize("editable", [False, True])
def test_a_branch_is_no_tag(module: Module, index: Index, editable: bool) -> None:
    repository = packages.Repository(index.folder, "gamma")
    commit = repository.commit(packages.sources("gamma", "1.0"))
    git = {"name": "gamma", "url": f"{index.url}/git/gamma.git", "tag": "main", "editable": editable}
    result = module.fails("invalid", git=[git])
    assert "is a branch" in result["msg"] and commit in result["msg"]
    assert "no tag v9" in module.fails("invalid", git=[{**git, "tag": "v9"}], check=True)["msg"]


def test_a_tag_wins_over_a_branch_of_the_same_name(module: Module, index: Index) -> None:
    repository = packages.Repository(index.folder, "gamma")
    tree = packages.sources("gamma", "1.0")
    tagged = repository.commit(tree, tag="both")
    repository.commit({**tree, "gamma.py": "BRANCH = 1\n"}, branch="both")
    url = f"{index.url}/git/gamma.git"
    result = module.ok(git=[{"name": "gamma", "url": url, "tag": "both"}])
    assert result["changes"][0]["after"] == f"git+{url}@{tagged}"


def test_a_source_tree_changed_by_hand_is_not_overwritten(module: Module, index: Index) -> None:
    repository = packages.Repository(index.folder, "gamma")
    tree = packages.sources("gamma", "1.0")
    commits = [repository.commit(tree), repository.commit({**tree, "gamma.py": "SECOND = 1\n"})]
    git = {"name": "gamma", "url": f"{index.url}/git/gamma.git", "editable": True}
    module.ok(git=[{**git, "commit": commits[0]}])
    (module.path / "src" / "gamma" / "gamma.py").write_text("PRECIOUS = 1\n")
    assert module.ok(git=[{**git, "commit": commits[0]}])["changed"] is False
    assert "changed by hand" in module.fails("invalid", git=[{**git, "commit": commits[1]}])["msg"]


def test_a_failing_change_puts_the_source_tree_back(module: Module, index: Index) -> None:
    repository = packages.Repository(index.folder, "gamma")
    first = repository.commit(packages.sources("gamma", "1.0"))
    second = repository.commit(packages.sources("gamma", "1.0", requires=["no-such-thing==1"]))
    git = {"name": "gamma", "url": f"{index.url}/git/gamma.git", "editable": True}
    module.ok(git=[{**git, "commit": first}])
    module.fails("no_such_version", git=[{**git, "commit": second}])
    assert module.ok(git=[{**git, "commit": first}])["changed"] is False


def test_something_else_in_the_way(module: Module) -> None:
    module.path.mkdir()
    (module.path / "precious").write_text("x")
    assert "in the way" in module.fails("invalid", name=["alpha==1.0"])["msg"]


def test_a_python_that_is_not_there(module: Module) -> None:
    for wanted in ("3.99", "python9", "/nowhere/python"):
        result = module.fails("interpreter", name=["alpha==1.0"], virtualenv_python=wanted)
        assert wanted in result["msg"]


@pytest.mark.parametrize("check", [False, True])
def test_a_contradiction_names_both(module: Module, check: bool) -> None:
    result = module.fails("resolution", name=["beta==1.0", "alpha==1.0"], constraints=["alpha==2.0"], check=check)
    assert {"you asked for alpha==1.0", "a constraint says alpha==2.0"} == set(result["error"]["details"]["conflict"])
    assert result["error"]["where"] == str(module.path)


def test_a_torch_that_is_held_fast(module: Module, index: Index) -> None:
    packages.wheel(index.folder / "wheels", "torch", "2.5.1")
    packages.wheel(index.folder / "wheels", "torch", "2.6.0")
    packages.wheel(index.folder / "wheels", "xyz", "1.0", requires=["torch==2.6.0"])
    module.ok(name=["torch==2.5.1"])
    result = module.fails("resolution", name=["xyz==1.0"], constraints=["torch==2.5.1"])
    assert "xyz 1.0 requires torch==2.6.0" in result["msg"] and "torch==2.5.1" in result["msg"]


def test_attempts_are_counted(module: Module, index: Index) -> None:
    index.faults = [Fault("/simple/alpha", status=503, times=2)]
    assert module.ok(name=["alpha==1.0"], retries=3)["attempts"] == 3


def test_secrets_are_nowhere(module: Module, index: Index) -> None:
    index.password = "s3cr3t-word"
    tell = "import os; raise ValueError(os.environ['MY_VALUE'] + ' and ' + os.environ['HF_TOKEN'])"
    packages.sdist(index.folder / "wheels", "leaky", "1.0", prelude=tell)
    hidden: dict[str, Any] = {
        "secret_environment": {"MY_VALUE": "hidd3n-word"},
        "environment": {"HF_TOKEN": "t0k3n-word"},
    }
    private = index.simple.replace("://", "://user:s3cr3t-word@")
    shown = [json.dumps(module.ok(name=["alpha==1.0"], index_url=private, **hidden))]
    shown.append(json.dumps(module.fails("build_failed", name=["leaky==1.0"], index_url=private, **hidden)))
    shown.append((module.folder / "env.log").read_text())
    text = "\n".join(shown)
    assert "ValueError" in text
    for secret in ("s3cr3t-word", "hidd3n-word", "t0k3n-word"):
        assert secret not in text


def slow(index: Index, witness: Path, name: str = "slow") -> dict[str, Any]:
    """A package whose build does not end by itself."""
    prelude = f"import os, time; open({str(witness)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    packages.sdist(index.folder / "wheels", name, "1.0", prelude=prelude)
    return {"name": [f"{name}==1.0", "alpha==2.0"]}


def test_two_runs_exclude_each_other(module: Module, index: Index, tmp_path: Path) -> None:
    module.ok(name=["alpha==1.0"])
    witness = tmp_path / "witness"
    first = module.start(**slow(index, witness))
    try:
        content(witness)
        for check in (False, True):
            second = module.run(name=["omega==1.0"], lock_wait=0, check=check)
            assert second["failed"] and second["error"]["kind"] == "locked"
            assert str(first.pid) in second["msg"]
    finally:
        first.kill()
        first.communicate()
        module.ok(name=["alpha==1.0"])  # also ends the build, which has outlived its installer


@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
def test_a_killed_run_is_cleaned_up_by_the_next(module: Module, index: Index, tmp_path: Path, existing: bool) -> None:
    if existing:
        module.ok(name=["alpha==1.0"])
    witness = tmp_path / "witness"
    process = module.start(**slow(index, witness))
    builder = content(witness)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if existing:
        assert module.versions() == {"alpha": "1.0"}
    module.ok(name=["alpha==1.0", "omega==1.0"])
    assert module.versions() == {"alpha": "1.0", "omega": "1.0"}
    assert {path.name for path in module.folder.iterdir()} == {"env", "env.log"}
    assert not alive(builder), "the build lives on"


def test_a_folder_of_the_users_beside_it_is_left_alone(module: Module) -> None:
    precious = module.folder / "env.old"
    precious.mkdir()
    module.ok(name=["alpha==1.0"])
    module.ok(name=["alpha==2.0"])
    assert precious.is_dir()


def test_a_run_killed_while_building_anew_loses_nothing(module: Module, index: Index, tmp_path: Path) -> None:
    module.ok(name=["alpha==1.0"])
    (module.path / "pyvenv.cfg").write_text("version = 3.1.0\n" + (module.path / "pyvenv.cfg").read_text())
    os.rename(module.path, module.folder / ".env.model_env-old")
    (module.folder / ".env.model_env-building").touch()
    (module.path / "bin").mkdir(parents=True)
    (module.path / "half").write_text("half an environment")
    assert module.ok(name=["alpha==1.0"])["changes"] == []
    assert not (module.path / "half").exists()
    assert {path.name for path in module.folder.iterdir()} == {"env", "env.log"}
