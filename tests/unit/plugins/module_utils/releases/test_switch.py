# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch of releases on a root of this machine: real interpreters, no installer."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import FILE_NAME, FORMAT
from ansible_collections.portable.model_env.plugins.module_utils.releases.switch import SwitchRunner, SwitchSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.tests.support.specs import make_spec

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def build(tree: ModelRoot, folder: str, name: str = "demo", imports: tuple[str, ...] = ()) -> None:
    """A finished release: a virtual environment of this interpreter without any distribution."""
    path = Path(tree.release(folder))
    (path / "bin").mkdir(parents=True)
    (path / "lib" / f"python{VERSION}" / "site-packages").mkdir(parents=True)
    (path / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    home = os.path.dirname(os.path.realpath(sys.executable))
    (path / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    receipt = {
        "format": FORMAT,
        "name": name,
        "created": time.time(),
        "spec": make_spec(python=VERSION, imports=imports).to_dict(),
        "spec_digest": folder,
        "distributions": {},
        "checkouts": {},
    }
    (path / FILE_NAME).write_text(json.dumps(receipt))


@pytest.fixture
def tree(tmp_path: Path) -> ModelRoot:
    tree = ModelRoot(str(tmp_path / "root"))
    tree.prepare()
    build(tree, "demo-1")
    tree.switch("demo", "demo-1")
    build(tree, "demo-2")
    return tree


def switch(tree: ModelRoot, releases: dict[str, str], check_mode: bool = False, **settings: Any) -> Any:
    return SwitchRunner(CommandRunner(), tree.root, SwitchSettings(**settings), check_mode).run(releases)


def smoke(code: str) -> list[str]:
    return ["python", "-c", code]


def test_the_command_runs_with_the_new_release_once_it_is_active(tree: ModelRoot, tmp_path: Path) -> None:
    code = (
        "import json, os, shutil, sys;"
        f"json.dump([sys.prefix, shutil.which('python'), os.environ['MODEL_ENV_NAME']], open('{tmp_path}/seen', 'w'))"
    )
    (target,) = switch(tree, {"demo": "demo-2"}, smoke=smoke(code))
    assert (target.before, target.after, target.changed(False)) == ("demo-1", "demo-2", True)
    prefix, python, name = json.loads((tmp_path / "seen").read_text())
    assert os.path.realpath(prefix) == os.path.realpath(tree.release("demo-2"))
    assert python == f"{tree.link('demo')}/bin/python"
    assert name == "demo"
    assert tree.activations.read("demo", "demo-2").trial is None


@pytest.mark.parametrize(
    ("command", "limit", "why"),
    [
        (smoke("import sys; sys.exit('it is bad')"), 300, "status 1: it is bad"),
        (["/no/such/program"], 300, "cannot be started"),
        (smoke("import time; time.sleep(600)"), 0.5, "longer than 0.5 s"),
    ],
    ids=["status", "not there", "hangs"],
)
def test_what_fails_is_switched_back_with_all_others_of_the_call(
    tree: ModelRoot, command: list[str], limit: float, why: str
) -> None:
    build(tree, "other-1", "other")
    with pytest.raises(ModelEnvError, match="so it was switched back") as caught:
        switch(tree, {"demo": "demo-2", "other": "other-1"}, smoke=command, smoke_timeout=limit)
    assert why in caught.value.why
    assert caught.value.details["back"] == ["demo", "other"]
    assert tree.active("demo") == "demo-1"
    assert tree.active("other") is None, "there was none before"
    assert tree.receipt("demo-2") is not None


def test_a_check_that_fails_stops_it_before_anything_is_switched(tree: ModelRoot) -> None:
    build(tree, "demo-3", imports=("not_there",))
    with pytest.raises(ModelEnvError, match="nothing was switched") as caught:
        switch(tree, {"demo": "demo-3"})
    assert "import:not_there" in caught.value.why
    assert tree.activations.read("demo", "demo-1").history == ["demo-1"]


def test_a_trial_keeps_the_old_release_until_it_is_confirmed(tree: ModelRoot) -> None:
    switch(tree, {"demo": "demo-2"}, trial=True, keep=0)
    assert tree.receipt("demo-1") is not None
    assert tree.activations.read("demo", "demo-2").trial is not None
    (target,) = switch(tree, {"demo": "demo-2"}, keep=0)
    assert (target.changed(False), target.removed) == (True, ["demo-1"])
    (again,) = switch(tree, {"demo": "demo-2"}, keep=0)
    assert not again.changed(False)


def test_a_trial_that_fails_later_goes_back(tree: ModelRoot) -> None:
    switch(tree, {"demo": "demo-2"}, trial=True)
    with pytest.raises(ModelEnvError, match="switched back"):
        switch(tree, {"demo": "demo-2"}, smoke=smoke("raise SystemExit(1)"))
    assert tree.active("demo") == "demo-1"
    assert tree.previous("demo") is None


def test_what_was_active_and_confirmed_is_not_taken_away_by_a_command_that_fails(tree: ModelRoot) -> None:
    with pytest.raises(ModelEnvError, match="nothing was switched"):
        switch(tree, {"demo": "demo-1"}, smoke=smoke("raise SystemExit(1)"))
    assert tree.active("demo") == "demo-1"


def test_check_mode_leaves_no_trace(tree: ModelRoot) -> None:
    (target,) = switch(tree, {"demo": "demo-2"}, check_mode=True, smoke=["/no/such/program"])
    assert target.after == "demo-2"
    assert tree.active("demo") == "demo-1"


@pytest.mark.parametrize("folder", ["demo-9", "", "other-1"], ids=["no such", "no earlier one", "another's"])
def test_what_is_not_there_is_refused(tree: ModelRoot, folder: str) -> None:
    build(tree, "other-1", "other")
    with pytest.raises(ModelEnvError) as caught:
        switch(tree, {"demo": folder})
    assert caught.value.kind == "gone"
    assert tree.active("demo") == "demo-1"


def test_a_release_that_was_changed_by_hand_is_refused(tree: ModelRoot) -> None:
    info = Path(tree.release("demo-2"), "lib", f"python{VERSION}", "site-packages", "extra-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Name: extra\nVersion: 1.0\n")
    with pytest.raises(ModelEnvError, match=r"extra 1\.0 was added by hand"):
        switch(tree, {"demo": "demo-2"})
