# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``verify``; in some tests as Ansible runs it: validated specs, a zip, a process on the node, JSON back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support import planted, tree
from ansible_collections.portable.model_env.tests.support.module_process import run
from ansible_collections.portable.model_env.tests.support.specs import make_spec

COLLECTIONS = Path(__file__).resolve().parents[4] / ".collections"


def by_ansible(arguments: dict[str, Any], *options: str, **environment: str) -> dict[str, Any]:
    """Have Ansible run the module on this machine; returns its result, with ``failed`` always set."""
    ansible = [sys.executable, "-m", "ansible", "adhoc", "localhost", "--one-line", "-c", "local", *options]
    result = subprocess.run(
        [*ansible, "-m", "portable.model_env.verify", "-a", json.dumps(arguments)],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    head, arrow, answer = result.stdout.partition(" => ")
    assert arrow, result.stdout + result.stderr
    return {"failed": "FAILED" in head, **json.loads(answer)}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("root")
    tree.release(found, make_spec(name="good", imports=["good"], api_keys=["LUMA_API_KEY"]), {"good": "1.0"}, good="")
    tree.release(found, make_spec(name="bad", imports=["crashes"]), {}, crashes=planted.CRASHES)
    return found


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
@pytest.mark.parametrize("again", [False, True], ids=["once", "again"])
def test_a_pass_changes_nothing(root: Path, check: bool, again: bool) -> None:
    passed(run("verify", {"root": str(root), "names": ["good"]}, check=check))


def test_a_check_run_by_ansible_looks_as_well(root: Path) -> None:
    passed(by_ansible({"root": str(root), "names": ["good"]}, "--check"))


def passed(result: dict[str, Any]) -> None:
    assert (result["failed"], result["changed"]) == (False, False)
    assert result["summary"] == "1 environment: 4 pass, 1 skip"
    assert result["failed_environments"] == []
    assert "kind" in result["gpu"]


def test_a_fail_comes_with_one_message_and_all_the_data(root: Path) -> None:
    result = run("verify", {"root": str(root)})
    assert result["failed"]
    assert not result.get("changed")
    assert result["msg"].splitlines()[0] == "checks failed in 1 of 2 environments."
    assert "bad: import:crashes: it crashed the interpreter with SIGSEGV" in result["msg"]
    assert result["error"]["kind"] == "checks"
    assert [row["name"] for row in result["environments"]] == ["bad", "good"]
    assert result["failed_environments"] == ["bad"]


def test_policies_words_and_secrets(root: Path) -> None:
    """``off`` without quotes is a boolean in YAML; names may be one text; no value of a key comes back."""
    arguments = {"root": str(root), "names": "good, ", "gpu": False, "api_keys": "required"}
    result = by_ansible(arguments, LUMA_API_KEY="top-secret")
    assert result["failed"] is False
    assert result["gpu"] is None
    assert "top-secret" not in json.dumps(result)
    result = run("verify", {**arguments, "names": ["good"]})
    assert "api_key:LUMA_API_KEY: the key is required, but LUMA_API_KEY is not set" in result["msg"]


def test_specs_are_what_users_write_and_are_compared_with_what_was_built(root: Path) -> None:
    python = "{}.{}".format(*sys.version_info[:2])
    specs = {"good": {"python": python, "packages": ["einops==0.8.0"]}, "other": {"python": "3.11"}}
    result = by_ansible({"root": str(root), "specs": specs, "names": ["good"]})
    assert "good: receipt: it was built from another spec" in result["msg"]
    assert "packages: (none) -> einops==0.8.0" in result["msg"]


def test_a_bad_spec_is_refused_on_the_controller(root: Path) -> None:
    specs = {"good": {"python": "3.11", "packages": ["einops"]}}
    result = by_ansible({"root": str(root), "specs": specs})
    assert result["failed"]
    assert "environments" not in result
    assert '"einops" is not pinned' in result["msg"]


def test_an_environment_of_somebody_else(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env").plant_torch()
    expect = {"name": "train", "torch": {"version": "2.5.1", "torchvision": "0.20.1", "cuda": "cu118"}}
    result = run("verify", {"python": environment.python, "expect": expect, "gpu": "off"})
    assert result["failed_environments"] == ["train"]
    assert "torch_build: it is built for CUDA 12.4, and the spec wants CUDA 11.8" in result["msg"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timeout": 5}, "one of the following is required: root, python"),
        ({"root": "/r", "python": "/p"}, "mutually exclusive"),
        ({"root": "/r", "gpu": "maybe"}, "must be one of: auto, required, off"),
        ({"root": "/nonexistent/root"}, "there is no folder /nonexistent/root"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], message: str) -> None:
    assert message in run("verify", arguments)["msg"]
