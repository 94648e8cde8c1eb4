# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both installers must change the same, say so beforehand, and change nothing the second time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.tests.support import packages
from ansible_collections.portable.model_env.tests.support.index import Index

from .conftest import Bench


@pytest.fixture
def stock(index: Index) -> Index:
    """Alpha 1.0 and 2.0; beta 1.0 needs alpha, with an extra that needs delta; omega stands alone."""
    wheels = index.folder / "wheels"
    for version in ("1.0", "2.0"):
        packages.wheel(wheels, "alpha", version)
    packages.wheel(wheels, "beta", "1.0", requires=["alpha"], extras={"more": ["delta==1.0"]})
    packages.wheel(wheels, "delta", "1.0")
    packages.wheel(wheels, "omega", "1.0")
    return index


def twice(bench: Bench, index: Index, wanted: list[Any], expected: list[Change], **options: Any) -> None:
    """Check run, real run and both again: the check run foretells the real one, and the second time is silent."""
    assert bench.preview(*wanted, **options) == expected
    assert bench.install(*wanted, **options).changes == expected
    index.requests.clear()
    assert bench.preview(*wanted, **options) == []
    assert bench.install(*wanted, **options).changes == []
    assert index.requests == [], "a run that changes nothing asks no server"


def test_life_of_an_environment(bench: Bench, stock: Index) -> None:
    twice(
        bench,
        stock,
        ["beta[more]==1.0", "alpha==1.0"],
        [
            Change("alpha", None, "1.0"),
            Change("beta", None, "1.0"),
            Change("delta", None, "1.0"),
        ],
    )
    twice(bench, stock, ["beta[more]==1.0", "alpha==2.0"], [Change("alpha", "1.0", "2.0")])
    assert bench.remove("Beta", "not-there").changes == [Change("beta", "1.0", None)]
    assert bench.remove("beta").attempts == 0
    assert bench.versions() == {"alpha": "2.0", "delta": "1.0"}


def test_a_removed_requirement_of_a_requirement_comes_back(bench: Bench, stock: Index) -> None:
    bench.install("beta==1.0")
    bench.remove("alpha")
    twice(bench, stock, ["beta==1.0"], [Change("alpha", None, "2.0")])


def test_exact_removes_what_nothing_leads_to(bench: Bench, stock: Index) -> None:
    bench.install("beta[more]==1.0", "omega==1.0")
    twice(bench, stock, ["beta==1.0"], [Change("delta", "1.0", None), Change("omega", "1.0", None)], exact=True)
    twice(
        bench,
        stock,
        ["omega==1.0"],
        [Change("alpha", "2.0", None), Change("beta", "1.0", None), Change("omega", None, "1.0")],
        exact=True,
    )


def test_exact_keeps_what_an_extra_leads_to(bench: Bench, stock: Index) -> None:
    bench.install("beta[more]==1.0", "omega==1.0")
    twice(bench, stock, ["beta[more]==1.0"], [Change("omega", "1.0", None)], exact=True)


def test_exact_keeps_pip(bench: Bench, stock: Index) -> None:
    packages.wheel(stock.folder / "wheels", "pip", "99.0")
    bench.install("pip==99.0", "omega==1.0")
    twice(bench, stock, ["alpha==1.0"], [Change("alpha", None, "1.0"), Change("omega", "1.0", None)], exact=True)
    assert bench.versions() == {"alpha": "1.0", "pip": "99.0"}


def test_git_package_follows_the_commit_and_not_the_version(bench: Bench, stock: Index) -> None:
    repository = packages.Repository(stock.folder, "gamma")
    sources = packages.sources("gamma", "1.0", requires=["alpha"])
    first = repository.commit(sources, tag="v1")
    second = repository.commit({**sources, "gamma.py": "SECOND = True\n"})
    url = f"git+{stock.url}/git/gamma.git"
    twice(
        bench,
        stock,
        [f"gamma @ {url}@{first}"],
        [
            Change("alpha", None, "2.0"),
            Change("gamma", None, f"{url}@{first}", "vcs"),
        ],
    )
    twice(bench, stock, [f"gamma @ {url}@{second}"], [Change("gamma", f"{url}@{first}", f"{url}@{second}", "vcs")])
    assert "SECOND" in next(bench.prefix.glob("lib/*/site-packages/gamma.py")).read_text()
    twice(bench, stock, [f"gamma @ {url}@refs/tags/v1"], [Change("gamma", f"{url}@{second}", f"{url}@{first}", "vcs")])
    packages.wheel(stock.folder / "wheels", "gamma", "1.0", requires=["alpha"])
    twice(bench, stock, ["gamma==1.0"], [Change("gamma", f"{url}@{first}", "1.0")])
    twice(bench, stock, [f"gamma @ {url}@{first}"], [Change("gamma", "1.0", f"{url}@{first}", "vcs")])


def test_git_package_in_a_subdirectory(bench: Bench, stock: Index) -> None:
    repository = packages.Repository(stock.folder, "mono")
    tree = {f"python/{path}": text for path, text in packages.sources("gamma", "1.0").items()}
    commit = repository.commit(tree)
    url = f"git+{stock.url}/git/mono.git@{commit}#subdirectory=python"
    twice(bench, stock, [f"gamma @ {url}"], [Change("gamma", None, url, "vcs")])


def test_archive_by_hash(bench: Bench, stock: Index) -> None:
    def described() -> str:
        data = (stock.folder / "wheels" / "alpha-1.0-py3-none-any.whl").read_bytes()
        return f"{stock.url}/files/alpha-1.0-py3-none-any.whl#sha256={hashlib.sha256(data).hexdigest()}"

    url = described()
    twice(bench, stock, [f"alpha @ {url}"], [Change("alpha", None, url, "url")])
    packages.wheel(stock.folder / "wheels", "alpha", "1.0", body="REBUILT = True\n")
    rebuilt = described()
    twice(bench, stock, [f"alpha @ {rebuilt}"], [Change("alpha", url, rebuilt, "url")])
    assert bench.remove("alpha").changes == [Change("alpha", rebuilt, None, "url")]


def test_editable_source_tree(bench: Bench, stock: Index, tmp_path: Path) -> None:
    tree = tmp_path / "source tree"
    tree.mkdir()

    def write(**kwargs: Any) -> None:
        for path, text in packages.sources("gamma", "1.0", **kwargs).items():
            (tree / path).write_text(text)

    write()
    wanted = Requirement(str(tree), editable=True, name="gamma")
    twice(bench, stock, [wanted], [Change("gamma", None, f"-e {tree}", "editable")])
    write(requires=["alpha==1.0"])
    again = Requirement(str(tree), editable=True, name="gamma", again=True)
    expected = [Change("alpha", None, "1.0")]
    assert bench.preview(again) == expected
    assert bench.install(again).changes == expected
    site = site_packages.site_packages(str(bench.prefix))
    assert json.loads((Path(site) / "gamma-1.0.dist-info" / "direct_url.json").read_text())["dir_info"]["editable"]


def test_all_indexes_are_merged_and_links_too(bench: Bench, stock: Index, tmp_path: Path) -> None:
    with Index(tmp_path / "second").running() as second:
        packages.wheel(second.folder / "wheels", "alpha", "3.0")
        packages.wheel(second.folder / "wheels", "omega", "2.0")
        packages.wheel(tmp_path / "links", "kappa", "1.0")
        twice(
            bench,
            stock,
            ["alpha==3.0", "kappa==1.0", "omega==1.0"],
            [Change("alpha", None, "3.0"), Change("kappa", None, "1.0"), Change("omega", None, "1.0")],
            extra_index_urls=[second.simple],
            find_links=[str(tmp_path / "links")],
        )


def test_the_last_index_wins_for_one_version(bench: Bench, stock: Index, tmp_path: Path) -> None:
    with Index(tmp_path / "second").running() as second, Index(tmp_path / "third").running() as third:
        packages.wheel(second.folder / "wheels", "alpha", "1.0", body="SECOND = True\n")
        packages.wheel(third.folder / "wheels", "alpha", "1.0", body="THIRD = True\n")
        bench.install("alpha==1.0", extra_index_urls=[second.simple, third.simple])
    assert "THIRD" in next(bench.prefix.glob("lib/*/site-packages/alpha.py")).read_text()


def test_no_index(bench: Bench, stock: Index, tmp_path: Path) -> None:
    packages.wheel(tmp_path / "links", "kappa", "1.0")
    bench.install("kappa==1.0", no_index=True, find_links=[str(tmp_path / "links")])
    assert bench.versions() == {"kappa": "1.0"}
    assert stock.requests == []


def test_constraints(bench: Bench, stock: Index) -> None:
    twice(
        bench,
        stock,
        ["beta==1.0"],
        [Change("alpha", None, "1.0"), Change("beta", None, "1.0")],
        constraints=["alpha<2"],
    )


def test_bytecode_only_when_wanted(bench: Bench, stock: Index) -> None:
    bench.install("alpha==1.0")
    assert not list(bench.prefix.glob("lib/*/site-packages/__pycache__/alpha*"))
    bench.install("omega==1.0", compile=True)
    assert list(bench.prefix.glob("lib/*/site-packages/__pycache__/omega*"))


def test_build_without_isolation_sees_the_environment(bench: Bench, stock: Index) -> None:
    packages.sdist(
        stock.folder / "wheels", "builds", "1.0", prelude="import omega, shutil; assert shutil.which('ninja')"
    )
    bench.install("omega==1.0")
    tool = bench.prefix / "bin" / "ninja"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    twice(bench, stock, ["builds==1.0"], [Change("builds", None, "1.0")], build_isolation=False)


def test_environment_of_builds(bench: Bench, stock: Index) -> None:
    check = (
        "import os, tempfile; assert os.environ['MAX_JOBS'] == '2' and 'stray' not in os.environ.get('PYTHONPATH', '')"
        f" and tempfile.gettempdir() == {str(bench.tmpdir)!r}"
    )
    packages.sdist(stock.folder / "wheels", "builds", "1.0", prelude=check)
    bench.install("builds==1.0", environment={"MAX_JOBS": "2"})
    assert "builds" in bench.versions()


def test_the_environment_is_sound(bench: Bench, stock: Index) -> None:
    text = (bench.prefix / "pyvenv.cfg").read_text()
    assert "include-system-site-packages = false" in text
    assert {"python", "activate"} <= {path.name for path in (bench.prefix / "bin").iterdir()}
    assert bench.versions() == {}
