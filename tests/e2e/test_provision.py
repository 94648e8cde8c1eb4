# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: first run, second run, check mode, drift, a changed pin, removal; several nodes and environments."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .conftest import Site


def output_of(python: str, code: str) -> str:
    return subprocess.run([python, "-I", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def uninstall(site: Site, environment: str, name: str) -> None:
    """Take a package out by hand, as an operator would with pip."""
    pip = next(site.tools.glob("*/bin/python"))
    command = [str(pip), "-I", "-m", "pip", "--python", site.python(environment), "uninstall", "--yes", name]
    subprocess.run(command, check=True, capture_output=True)


def test_the_second_run_changes_nothing_and_starts_one_module_per_node(site: Site) -> None:
    site.hosts = ("n1", "n2")
    site.specs = {f"model{n}": site.spec("whole==1.0", imports=["whole"]) for n in range(2)}
    site.specs["single"] = site.spec("single==1.0", imports=["single"])
    first = site.converged()
    for host in site.hosts:
        assert first.recap(host)["changed"] == 1
        assert output_of(site.python("model1", host), "import left_part; print(left_part.version)") == "1.1"
        assert first.row(host, "single")[2] == "built"
    # Without the tools no installer can start, and the index would see a request.
    for host in site.hosts:
        (site.root(host) / "tools").unlink()
    site.index.requests.clear()
    second = site.converged()
    assert site.index.requests == []
    for host in site.hosts:
        assert second.recap(host)["changed"] == 0
        assert second.executions[host] == 1, "one remote execution, whatever the number of environments"
        assert second.row(host, "single")[2] == "kept"


def test_check_mode_says_exactly_what_the_next_run_does(site: Site) -> None:
    site.specs = {"demo": site.spec("whole==1.0", "single==1.0")}
    built = {"+left-part==1.1", "+single==1.0", "+whole==1.0"}

    def check_then_run(expected: set[str]) -> None:
        before = sorted(os.listdir(site.root() / "releases")) if (site.root() / "releases").exists() else []
        check = site.converged("--check", "--diff")
        after = sorted(os.listdir(site.root() / "releases")) if (site.root() / "releases").exists() else []
        assert check.diff == expected, check.output
        assert before == after
        assert site.litter() == []
        real = site.converged("--diff")
        assert real.diff == expected, real.output
        assert check.recap("n1")["changed"] == real.recap("n1")["changed"] == int(bool(expected))

    check_then_run(built)  # before the first run
    check_then_run(set())  # after it
    uninstall(site, "demo", "left-part")
    check_then_run({"+left-part==1.1"})  # what was taken out by hand comes back
    site.specs["demo"]["packages"] = ["whole==1.0"]
    check_then_run({"-single==1.0"})
    site.specs["demo"]["packages"] = ["left-part==1.0", "whole==1.0"]
    check_then_run({"-left-part==1.1", "+left-part==1.0"})


def test_a_changed_pin_moves_nothing_else(site: Site) -> None:
    """A newer version of what a package needs came out meanwhile; changing another pin does not bring it in."""
    newest = site.index.folder / "wheels" / "left_part-1.1-py3-none-any.whl"
    content = newest.read_bytes()
    newest.unlink()
    site.specs = {"demo": site.spec("whole==1.0")}
    site.converged()
    newest.write_bytes(content)
    site.specs = {"demo": site.spec("whole==1.0", "single==1.0")}
    assert site.converged("--diff").diff == {"+single==1.0"}
    assert output_of(site.python("demo"), "import left_part; print(left_part.version)") == "1.0"


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_the_previous_release_is_kept_and_going_back_installs_nothing(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0")}
    site.converged()
    site.specs = {"demo": site.spec("left-part==1.0")}
    site.converged()
    site.specs = {"demo": site.spec("left-part==1.1")}
    site.converged()
    assert len(list((site.root() / "releases").iterdir())) == 2, "the active one and one for a rollback"
    site.index.requests.clear()
    site.specs = {"demo": site.spec("left-part==1.0")}
    run = site.converged("--diff")
    assert run.row("n1", "demo")[2] == "activated"
    assert run.diff == {"-left-part==1.1", "+left-part==1.0"}
    assert site.index.requests == []


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_selected_names_a_few_and_absent_removes(site: Site) -> None:
    site.specs = {name: site.spec("single==1.0") for name in ("one", "two", "three")}
    site.converged(model_env_selected="one,two")
    assert sorted(os.listdir(site.root() / "envs")) == ["one", "two"]
    run = site.converged(model_env_selected=["two"], model_env_absent=["one"])
    assert run.row("n1", "one")[2] == "removed"
    assert os.listdir(site.root() / "envs") == ["two"]
    assert len(os.listdir(site.root() / "releases")) == 1
    assert site.converged(model_env_selected=["two"], model_env_absent=["one"]).recap("n1")["changed"] == 0


def test_one_environment_that_cannot_be_built_does_not_hold_up_the_others(site: Site) -> None:
    site.specs = {"bad": site.spec("single==9.9"), "good": site.spec("single==1.0")}
    run = site.provision()
    assert run.rc != 0
    assert run.row("n1", "bad")[2] == "failed"
    assert run.row("n1", "good")[2] == "built"
    assert output_of(site.python("good"), "import single; print('works')") == "works"


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_an_import_that_fails_is_not_switched_to(site: Site) -> None:
    site.specs = {"demo": site.spec("single==1.0", imports=["single"])}
    site.converged()
    active = os.readlink(site.root() / "envs" / "demo")
    site.specs = {"demo": site.spec("left-part==1.0", imports=["single"])}
    run = site.provision()
    assert run.rc != 0
    assert "import:single" in run.output
    assert "what was active before is still active" in run.output
    assert os.readlink(site.root() / "envs" / "demo") == active
    assert site.litter() == []


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_equal_packages_of_two_environments_share_their_files(site: Site) -> None:
    site.specs = {"one": site.spec("whole==1.0"), "two": site.spec("whole==1.0", "single==1.0")}
    site.converged()
    files = [next(Path(site.root(), "envs", name).glob("lib/*/site-packages/left_part.py")) for name in ("one", "two")]
    assert files[0].stat().st_ino == files[1].stat().st_ino


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_without_the_store_nothing_is_cached(site: Site) -> None:
    site.specs = {"one": site.spec("whole==1.0")}
    site.converged(model_env_store=False)
    assert not (site.root() / "store").exists()
