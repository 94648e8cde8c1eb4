# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of a root with an environment in each state."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.releases import receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.audit import audit
from ansible_collections.portable.model_env.plugins.module_utils.releases.difference import release_base
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.tests.support.specs import make_spec
from ansible_collections.portable.model_env.tests.support.tree import release

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def spec(name: str, *packages: str) -> Any:
    return make_spec(name=name, python=VERSION, packages=packages)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with four environments; nothing changes them but the tests that copy it."""
    folder = tmp_path_factory.mktemp("audit") / "root"
    for name in ("current", "behind", "drifted", "broken"):
        environment = release(folder, spec(name, "einops==0.8.0"), {"einops": "0.8.0"})
        if name == "drifted":
            environment.distribution("numpy", "2.2.6")
        if name == "broken":
            (environment.folder / receipts.FILE_NAME).unlink()
    return folder


def rows(root: Path, *specs: Any) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in audit(str(root), {one.name: one for one in specs})["environments"]}


def test_each_state(root: Path) -> None:
    found = rows(
        root,
        spec("current", "einops==0.8.0"),
        spec("behind", "einops==0.8.1"),
        spec("drifted", "einops==0.8.0"),
        spec("broken", "einops==0.8.0"),
        spec("missing", "einops==0.8.0"),
    )
    assert {name: row["state"] for name, row in found.items()} == {
        "current": "current", "behind": "behind", "drifted": "drifted", "broken": "broken", "missing": "missing"
    }  # fmt: skip
    assert found["current"]["reasons"] == []
    assert found["current"]["distributions"] == {"einops": "0.8.0"}
    assert found["current"]["release"] == release_base("current", found["current"]["digest"])
    assert any("einops==0.8.1" in reason for reason in found["behind"]["reasons"])
    assert any("numpy" in reason for reason in found["drifted"]["reasons"])
    assert (found["missing"]["release"], found["missing"]["digest"], found["missing"]["trial"]) == ("", "", False)


def test_what_no_spec_names_is_extra_and_its_drift_is_told_too(root: Path) -> None:
    found = rows(root, spec("current", "einops==0.8.0"))
    assert {name: row["state"] for name, row in found.items()} == {
        "current": "current", "behind": "extra", "drifted": "extra", "broken": "extra"
    }  # fmt: skip
    assert found["behind"]["reasons"] == ["no spec of this host names it"]
    assert any("numpy" in reason for reason in found["drifted"]["reasons"])


def test_a_release_that_waits_to_be_switched_to_is_named(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "root"
    shutil.copytree(root, copy, symlinks=True)
    tree, new = ModelRoot(str(copy)), spec("current", "numpy==2.2.6")
    before = tree.active("current")
    assert before is not None
    release(copy, new, {"numpy": "2.2.6"})
    filesystem.switch_link(tree.link("current"), f"../releases/{before}")
    row = rows(copy, new)["current"]
    assert (row["state"], row["release"]) == ("behind", before)
    assert row["prepared"] == release_base("current", digest(new))
    tree.switch("current", row["prepared"], trial=True)
    row = rows(copy, new)["current"]
    assert (row["state"], row["previous"], row["prepared"], row["trial"]) == ("current", before, "", True)


def test_litter_is_told_while_nobody_holds_the_root(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "root"
    shutil.copytree(root, copy, symlinks=True)
    (copy / "tmp" / "run-1").mkdir()
    found = audit(str(copy), {})
    assert (found["litter"], found["holder"]) == ([str(copy / "tmp" / "run-1")], None)
    with ModelRoot(str(copy)).hold("building svd").acquire():
        found = audit(str(copy), {})
        assert found["litter"] == [], "what lies there may be at work"
        assert found["holder"]["what"] == "building svd"


def test_a_node_without_a_root_has_nothing_and_gets_nothing(tmp_path: Path) -> None:
    found = audit(str(tmp_path / "root"), {"svd": spec("svd")})
    assert [(row["name"], row["state"]) for row in found["environments"]] == [("svd", "missing")]
    assert not os.path.exists(tmp_path / "root")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelEnvError, match="the environments cannot be read"):
        audit(str(tmp_path / "file"), {})
