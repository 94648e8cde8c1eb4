# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a release on a root of this machine; its installation is a stand-in, its proof is real."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile, StepCounter
from ansible_collections.portable.model_env.plugins.module_utils.releases import release as module
from ansible_collections.portable.model_env.plugins.module_utils.releases.build import BuildSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.release import ReleaseRunner, ReleaseSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.specs import make_spec
from ansible_collections.portable.model_env.tests.support.tree import release

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


class StandIn:
    """Builds an environment of this interpreter whose site-packages hold the distributions that are pinned.

    :cvar error: raised after half of the work.
    """

    error: BaseException | None = None

    def __init__(self, _runner: Any, _tree: ModelRoot, _settings: Any, spec: Any, previous: Any, *_rest: Any) -> None:
        self._spec, self.previous = spec, previous
        self.notes: list[str] = ["a note of the build"]
        self.progress = StepCounter(StatusFile(""), "building", 1)

    def run(self, path: str) -> dict[str, Any]:
        """As ``Build.run``."""
        site = Path(path, "lib", f"python{VERSION}", "site-packages")
        site.mkdir(parents=True)
        if self.error is not None:
            raise self.error
        Path(path, "bin").mkdir()
        Path(path, "bin", "python").symlink_to(os.path.realpath(sys.executable))
        home = os.path.dirname(os.path.realpath(sys.executable))
        Path(path, "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
        for requirement in self._spec.packages:
            name, _equal, version = requirement.partition("==")
            folder = site / f"{name}-{version}.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            (folder / "RECORD").write_text("")
            (site / f"{name}.py").write_text("")
        return {
            "python": {"version": VERSION, "executable": sys.executable},
            "steps": [{"phase": "packages"}],
            "installer": {"name": "pip", "tools": ""},
            "checkouts": {},
            "extensions": [],
        }

    def preview(self) -> dict[str, Any]:
        """As ``Build.preview``."""
        return dict(self.previous)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    monkeypatch.setattr(module, "Build", StandIn)
    monkeypatch.setattr(StandIn, "error", None)
    return StandIn


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def runner(root: Path, check_mode: bool = False, **settings: Any) -> ReleaseRunner:
    given = ReleaseSettings(BuildSettings(), **settings)
    return ReleaseRunner(CommandRunner(), str(root), given, check_mode, StatusFile(""))


def spec(*packages: str, imports: tuple[str, ...] = ()) -> Any:
    return make_spec(python=VERSION, packages=packages, imports=imports)


def state(root: Path) -> list[str]:
    """Links with their targets, and releases."""
    tree = ModelRoot(str(root))
    links = sorted(os.listdir(tree.environments)) if os.path.isdir(tree.environments) else []
    return [f"{name} -> {tree.active(name)}" for name in links] + tree.release_folders()


@pytest.mark.usefixtures("build")
def test_what_is_built_is_proven_recorded_and_switched_to(root: Path) -> None:
    wanted = spec("einops==0.8.0", imports=("einops",))
    assert runner(root).is_long(wanted)
    done = runner(root).active(wanted)
    assert (done.action, done.changed) == ("build", True)
    assert state(root) == [f"demo -> {done.release}", done.release]
    assert [(one["name"], one["before"], one["after"]) for one in done.changes] == [("einops", None, "0.8.0")]
    assert done.notes == ["a note of the build"]
    assert "import:einops" in [one["check"] for one in done.verdicts]
    receipt = json.loads(Path(root, "releases", done.release, "model_env-receipt.json").read_text())
    assert (receipt["name"], list(receipt["distributions"])) == ("demo", ["einops"])
    assert receipt["verdicts"] == done.verdicts
    again = runner(root)
    assert not again.is_long(wanted)
    kept = again.active(wanted)
    assert (kept.action, kept.changed, kept.changes, kept.release) == ("keep", False, [], done.release)


def test_a_build_that_fails_leaves_nothing_and_says_where_its_log_is(root: Path, build: type[StandIn]) -> None:
    first = runner(root).active(spec("einops==0.8.0")).release
    build.error = OSError(28, "No space left on device")
    with pytest.raises(ModelEnvError, match="cannot be built") as caught:
        runner(root).active(spec("einops==0.8.1"))
    assert caught.value.kind == "no_space"
    assert "the option `root`" in caught.value.todo
    assert state(root) == [f"demo -> {first}", first]
    build.error = ModelEnvError("there is no such version", kind="no_such_version")
    with pytest.raises(ModelEnvError) as known:
        runner(root).active(spec("einops==0.8.1"))
    assert (known.value.where, known.value.kind) == ("demo", "no_such_version")
    build.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        runner(root).active(spec("einops==0.8.1"))
    assert state(root) == [f"demo -> {first}", first]


@pytest.mark.usefixtures("build")
def test_what_is_not_proven_is_not_switched_to(root: Path) -> None:
    first = runner(root).active(spec("einops==0.8.0")).release
    with pytest.raises(ModelEnvError, match="failed, so it was not switched to") as caught:
        runner(root).active(spec("einops==0.8.1", imports=("not_there",)))
    assert "import:not_there" in caught.value.why
    assert state(root) == [f"demo -> {first}", first]


@pytest.mark.usefixtures("build")
def test_prepared_is_built_and_not_active_and_the_next_call_only_switches(root: Path) -> None:
    first = runner(root).active(spec("einops==0.8.0")).release
    prepared = runner(root).active(spec("einops==0.8.1"), switch=False)
    assert (prepared.action, prepared.changed) == ("build", True)
    assert state(root)[0] == f"demo -> {first}"
    again = runner(root).active(spec("einops==0.8.1"), switch=False)
    assert (again.action, again.changed, again.changes) == ("keep", False, [])
    looked = runner(root, check_mode=True).active(spec("einops==0.8.1"))
    assert (looked.action, state(root)[0]) == ("activate", f"demo -> {first}")
    switched = runner(root).active(spec("einops==0.8.1"))
    assert (switched.action, switched.release) == ("activate", prepared.release)
    assert switched.changes == looked.changes
    assert [(one["before"], one["after"]) for one in switched.changes] == [("0.8.0", "0.8.1")]
    assert state(root)[0] == f"demo -> {prepared.release}"


@pytest.mark.usefixtures("build")
def test_a_release_that_no_longer_works_on_the_node_is_not_switched_to(root: Path) -> None:
    first = runner(root).active(spec("einops==0.8.0")).release
    wanted = spec("einops==0.8.1", imports=("einops",))
    prepared = runner(root).active(wanted, switch=False).release
    (module_file,) = Path(root, "releases", prepared).rglob("einops.py")
    module_file.write_text("raise ImportError('libcuda.so.1 is gone')")
    with pytest.raises(ModelEnvError, match=r"libcuda\.so\.1 is gone"):
        runner(root).active(wanted)
    assert state(root)[0] == f"demo -> {first}"


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    ("settings", "stay"), [({"keep": 1}, [1, 2]), ({"keep": 0}, [2]), ({"keep": 0, "pinned": [0]}, [0, 2])]
)
def test_old_releases_go_after_a_switch(settings: dict[str, Any], stay: list[int], root: Path) -> None:
    built = [runner(root).active(spec(f"einops==0.8.{number}")).release for number in range(2)]
    settings["pinned"] = [built[number] for number in settings.get("pinned", [])]
    done = runner(root, **settings).active(spec("einops==0.8.2"))
    built.append(done.release)
    assert ModelRoot(str(root)).release_folders() == sorted(built[number] for number in stay)
    assert sorted(done.removed) == sorted(set(built) - {built[number] for number in stay})


@pytest.mark.usefixtures("build")
def test_check_mode_says_it_and_leaves_no_trace(root: Path) -> None:
    looked = runner(root, check_mode=True)
    assert not looked.is_long(spec("einops==0.8.0"))
    assert (looked.active(spec("einops==0.8.0")).action, root.exists()) == ("build", False)
    first = runner(root).active(spec("einops==0.8.0")).release
    (root / "tmp" / "run-1").mkdir()
    before = state(root)
    assert runner(root, check_mode=True).clean().removed == [str(root / "tmp" / "run-1")]
    gone = runner(root, check_mode=True).absent("demo")
    assert (gone.action, [one["after"] for one in gone.changes]) == ("remove", [None])
    assert (state(root), (root / "tmp" / "run-1").exists()) == (before, True)
    assert first in gone.removed[-1]


def test_absent_takes_the_link_and_every_release_of_that_name(root: Path) -> None:
    release(root, make_spec(name="other", python=VERSION), {})
    release(root, spec("einops==0.8.0"), {"einops": "0.8.0"})
    gone = runner(root).absent("demo")
    assert (gone.action, gone.changed) == ("remove", True)
    assert [(one["name"], one["after"]) for one in gone.changes] == [("einops", None)]
    assert [line.partition("-")[0] for line in state(root)] == ["other ", "other"]
    again = runner(root).absent("demo")
    assert (again.action, again.changed, again.removed) == ("keep", False, [])


def test_clean_removes_what_killed_runs_left_and_nothing_else(root: Path) -> None:
    release(root, spec(), {})
    before = state(root)
    (root / "releases" / "demo-half").mkdir()
    done = runner(root).clean()
    assert (done.action, done.removed) == ("clean", [str(root / "releases" / "demo-half")])
    assert state(root) == before
    assert not runner(root).clean().changed


def test_one_who_holds_the_root_refuses_the_others(root: Path) -> None:
    release(root, spec(), {})
    with ModelRoot(str(root)).hold("building svd").acquire(), pytest.raises(ModelEnvError) as caught:
        runner(root).clean()
    assert caught.value.kind == "locked"
