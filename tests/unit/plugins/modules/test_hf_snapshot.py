# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module hf_snapshot where no Hub is asked; the room's tests and the end-to-end tests have one."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support import module_process

COMMIT = "0" * 40


@pytest.mark.parametrize("check", [True, False])
def test_what_is_not_there_is_absent(tmp_path: Path, check: bool) -> None:
    given = {"repo_id": "a/b", "local_dir": str(tmp_path / "weights"), "state": "absent"}
    result = module_process.run("hf_snapshot", given, check=check)
    assert (result["failed"], result["changed"]) == (False, False)
    assert not (tmp_path / "weights").exists()


def test_a_look_asks_nobody(tmp_path: Path) -> None:
    """The interpreter of the Hub's client is not even started."""
    given = {"repo_id": "a/b", "local_dir": str(tmp_path / "weights"), "revision": COMMIT, "only_look": True}
    result = module_process.run("hf_snapshot", {**given, "tools_python": "/no/such/python"})
    assert (result["failed"], result["changed"], result["more"]) == (False, False, True)
    assert not (tmp_path / "weights").exists()


def test_the_token_comes_through_the_pipe_and_is_masked(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sender = threading.Thread(target=pipe.write_text, args=(json.dumps({"token": "hf_secret"}),))
    sender.start()
    given = {"repo_id": "a/b", "local_dir": "/w", "revision": "hf_secret", "tools_python": "/no/such/python"}
    result = module_process.run("hf_snapshot", {**given, "secrets_pipe": str(pipe)})
    sender.join()
    assert result["failed"]
    assert "hf_secret" not in json.dumps(result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one of the following is required: repo_id, snapshots"),
        ({"repo_id": "a/b"}, "missing parameter(s) required by 'repo_id': local_dir"),
        ({"repo_id": "a/b", "local_dir": "/w", "snapshots": [{"repo_id": "a/b", "local_dir": "/w"}]}, "mutually"),
        ({"snapshots": [{"repo_id": "a/b"}]}, "missing required arguments: local_dir"),
        ({"repo_id": "a/b", "local_dir": "/w", "tools_lock": None}, "tools_lock or tools_python is required"),
        ({"repo_id": "a/b", "local_dir": "/w", "revision": "main"}, "main"),
        ({"repo_id": "a/b", "local_dir": "/w", "revision": COMMIT, "free_space_margin": "much"}, "much"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], message: str) -> None:
    given = {name: value for name, value in {"tools_lock": "x", **arguments}.items() if value is not None}
    result = module_process.run("hf_snapshot", given)
    assert result["failed"]
    assert message in result["msg"]
