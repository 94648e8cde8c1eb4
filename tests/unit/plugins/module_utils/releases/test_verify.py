# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of whole roots, with real interpreters."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.checks.prove import Policies
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.releases import verify
from ansible_collections.portable.model_env.tests.support import planted, tree
from ansible_collections.portable.model_env.tests.support.specs import make_spec


def rows(
    root: Path, names: list[str] | None = None, specs: dict[str, Any] | None = None, **policies: Any
) -> dict[str, dict[str, Any]]:
    verifier = verify.Verifier(CommandRunner(), Policies(**policies))
    return {row["name"]: row for row in verifier.root(str(root), names, specs or {})}


def test_every_environment_of_a_root(tmp_path: Path) -> None:
    tree.release(tmp_path, make_spec(name="good", imports=["good"]), {"good": "1.0"}, good="")
    tree.release(tmp_path, make_spec(name="bad", imports=["crashes", "json"]), {}, crashes=planted.CRASHES)
    found = rows(tmp_path)
    assert {name: row["summary"] for name, row in found.items()} == {"bad": "4 pass, 1 fail", "good": "4 pass"}
    assert found["good"]["python"] == f"{tmp_path}/envs/good/bin/python"
    error = verify.failure(list(found.values()))
    assert error is not None
    assert error.kind == "checks"
    assert error.what == "checks failed in 1 of 2 environments"
    assert error.why.startswith("bad: import:crashes: it crashed the interpreter with SIGSEGV")
    result = verify.result(list(found.values()), None)
    assert result["failed_environments"] == ["bad"]
    assert result["summary"] == "2 environments: 8 pass, 1 fail"


def test_names_select_and_an_unknown_one_fails_with_those_there_are(tmp_path: Path) -> None:
    tree.release(tmp_path, make_spec(name="svd"), {})
    tree.release(tmp_path, make_spec(name="ltx"), {})
    found = rows(tmp_path, ["ltx", "nothere"])
    assert list(found) == ["ltx", "nothere"]
    assert found["nothere"]["failures"] == [
        f"receipt: there is no environment nothere under {tmp_path}; it has ltx, svd"
    ]


def test_a_spec_that_differs_from_what_was_built(tmp_path: Path) -> None:
    tree.release(tmp_path, make_spec(name="svd", packages=["einops==0.8.0"]), {"einops": "0.8.0"}, einops="")
    spec = make_spec(name="svd", packages=["einops==0.8.1"], imports=["einops", "torch"])
    found = rows(tmp_path, None, {"svd": spec})["svd"]
    assert found["failures"] == [
        "receipt: it was built from another spec (imports: (none) -> einops, torch; "
        "packages: einops==0.8.0 -> einops==0.8.1)",
        "import:torch: ModuleNotFoundError: No module named 'torch'",
    ]


def test_what_was_changed_by_hand(tmp_path: Path) -> None:
    environment = tree.release(tmp_path, make_spec(name="svd"), {"einops": "0.8.0", "numpy": "1.26.4"})
    shutil.rmtree(environment.site / "einops-0.8.0.dist-info")
    environment.distribution("rogue", "1.0")
    found = rows(tmp_path)["svd"]
    assert found["failures"] == ["distributions: einops 0.8.0 was removed by hand; rogue 1.0 was added by hand"]


@pytest.mark.parametrize(
    ("damage", "failure"),
    [
        ("receipt", "receipt: the release {folder} is gone or has no receipt, so nobody knows what it should hold"),
        ("release", "receipt: the release {folder} is gone or has no receipt, so nobody knows what it should hold"),
        ("link", "receipt: {root}/envs/svd is no link to a release of this root"),
    ],
)
def test_damage(tmp_path: Path, damage: str, failure: str) -> None:
    environment = tree.release(tmp_path, make_spec(name="svd"), {})
    if damage == "receipt":
        (environment.folder / "model_env-receipt.json").unlink()
    elif damage == "release":
        shutil.rmtree(environment.folder)
    else:
        (tmp_path / "envs" / "svd").unlink()
        (tmp_path / "envs" / "svd").symlink_to("/usr")
    assert rows(tmp_path)["svd"]["failures"] == [failure.format(folder=environment.folder.name, root=tmp_path)]


def test_an_interpreter_that_was_removed_from_the_node(tmp_path: Path) -> None:
    environment = tree.release(tmp_path, make_spec(name="svd", imports=["json"]), {})
    (environment.folder / "bin" / "python").unlink()
    found = rows(tmp_path)["svd"]
    assert found["failures"] == [f"interpreter: {tmp_path}/envs/svd/bin/python does not run: No such file or directory"]
    assert found["skips"] == ["import:json: not run: the interpreter does not run"]


def test_verification_changes_nothing(tmp_path: Path) -> None:
    tree.release(tmp_path, make_spec(name="svd", imports=["good"]), {}, good="")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    assert rows(tmp_path)["svd"]["verdict"] == "pass"
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_nothing_selected_is_nothing_to_do_even_where_nothing_was_provisioned(tmp_path: Path) -> None:
    assert rows(tmp_path / "absent", []) == {}
    with pytest.raises(ModelEnvError, match="there is no folder") as caught:
        rows(tmp_path / "absent")
    assert caught.value.kind == "invalid"
    assert rows(tmp_path) == {}


def test_an_environment_of_somebody_else(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env").plant(good="")
    verifier = verify.Verifier(CommandRunner(), Policies(gpu="off"))
    row = verifier.interpreter(environment.python, Expectation(imports=["good"]), "train")
    assert (row["name"], row["summary"]) == ("train", "2 pass")
    assert verifier.gpu is None


def test_many_failures_are_cut_in_the_message_only(tmp_path: Path) -> None:
    tree.release(tmp_path, make_spec(name="svd", imports=[f"absent{number}" for number in range(12)]), {})
    found = rows(tmp_path)
    error = verify.failure(list(found.values()))
    assert error is not None
    assert error.why.endswith("; and 4 more")
    assert len(found["svd"]["failures"]) == 12
