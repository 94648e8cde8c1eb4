# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module release where no installer is needed: end-to-end tests build with it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.tests.support import module_process, other_user, tree
from ansible_collections.portable.model_env.tests.support.specs import make_spec

SPEC = make_spec()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    tree.release(root, SPEC, {"good": "1.0"})
    return root


def run(root: Path, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
    return module_process.run("release", {"root": str(root), "tools_lock": "", "gpu": "off", **arguments}, check=check)


def present(spec: Spec) -> dict[str, Any]:
    return {"name": spec.name, "spec": {**spec.to_dict(), "name": spec.name}}


def test_what_is_there_is_kept_whatever_is_asked(root: Path) -> None:
    for arguments in ({}, {"state": "prepared"}, {"only_look": True}):
        result = run(root, **present(SPEC), **arguments)
        assert (result["failed"], result["changed"], result["action"]) == (False, False, "keep"), arguments
        assert result["diff"] == {}


def test_a_look_says_that_more_is_to_be_done_and_does_nothing(root: Path) -> None:
    wanted = present(make_spec(packages=["good==2.0"]))
    result = run(root, **wanted, only_look=True)
    assert (result["failed"], result["changed"], result["more"]) == (False, False, True)
    assert len(list((root / "releases").iterdir())) == 1


def test_absent_and_again_in_check_mode_and_for_real(root: Path) -> None:
    looked = run(root, name="demo", state="absent", check=True)
    assert (looked["changed"], (root / "envs" / "demo").is_symlink()) == (True, True)
    done = run(root, name="demo", state="absent")
    assert (done["changed"], done["removed"], done["diff"]) == (True, looked["removed"], looked["diff"])
    assert list((root / "releases").iterdir()) == []
    assert run(root, name="demo", state="absent")["changed"] is False


def test_clean_removes_what_a_killed_run_left(root: Path) -> None:
    litter = root / "releases" / "demo-000000000000"
    litter.mkdir()
    assert run(root, state="clean", check=True)["changed"] is True
    assert litter.exists()
    assert run(root, state="clean")["changed"] is True
    assert not litter.exists()
    assert run(root, state="clean")["changed"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "demo"}, "missing: spec"),
        ({"state": "absent"}, "missing: name"),
        ({"state": "gone"}, "must be one of: active, prepared, absent, clean"),
        ({"name": "demo", "spec": {"python": 3}}, "the spec cannot be read"),
        ({"root": "relative", "state": "clean"}, "absolute"),
    ],
)
def test_arguments_that_make_no_sense(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    result = module_process.run("release", {"root": str(tmp_path / "root"), "tools_lock": "", **arguments})
    assert result["failed"]
    assert message in result["msg"]
    assert not (tmp_path / "root").exists()


@other_user.needs_root
def test_a_root_that_somebody_else_prepared_is_neither_believed_nor_started() -> None:
    lock, marker = "pip==26.0.1 --hash=sha256:" + "0" * 64, "/started"
    with other_user.public_folder() as shared:
        (shared / "open").mkdir()
        (shared / "open").chmod(0o1777)
        root, outside = shared / "open" / "root", other_user.outside_of(shared)
        before = other_user.snapshot(outside)

        def plant() -> None:
            tools = root / "tools" / hashlib.sha256(lock.encode()).hexdigest()[:12]
            (tools / "bin").mkdir(parents=True)
            (tools / "complete.json").write_text("{}")
            for python in (tools / "bin" / "python", *(root / "releases").glob("*/bin/python")):
                python.unlink(missing_ok=True)
                python.write_text(f"#!/bin/sh\ntouch {outside}{marker}\n")
                python.chmod(0o755)

        tree.release(root, SPEC, {"good": "1.0"})
        for path in (root, *root.rglob("*")):
            os.chown(path, other_user.UID, other_user.UID, follow_symlinks=False)
        other_user.do(plant)
        common = {"root": str(root), "gpu": "off"}
        specs = {"demo": {**SPEC.to_dict(), "name": "demo"}}
        for module, arguments in (
            ("release", {**present(SPEC), "tools_lock": lock}),
            ("release", {**present(make_spec(packages=["good==2.0"])), "tools_lock": lock}),
            ("release", {"state": "clean", "tools_lock": lock}),
            ("verify", {}),
            ("switch", {"releases": {"demo": "previous"}}),
        ):
            for check in (True, False):
                result = module_process.run(module, {**common, **arguments}, check=check)
                assert result["failed"] and result["error"]["kind"] == "foreign", module
                assert f"{root} belongs to nobody (mode 755)" in result["msg"]
        ready = module_process.run("preflight", {**common, "specs": specs})
        (said,) = [one for one in ready["verdicts"] if one["check"] == "filesystem:root"]
        assert (ready["go"], said["verdict"]) == (False, "fail")
        assert f"{root} belongs to nobody" in said["reason"] and "trusted_owners" in said["cure"]
        assert other_user.snapshot(outside) == before
        assert not run(root, **present(SPEC), trusted_owners=["nobody"])["failed"]
