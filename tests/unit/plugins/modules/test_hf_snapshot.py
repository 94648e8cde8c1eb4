# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module hf_snapshot as a node runs it; the room's tests and the end-to-end tests say what it does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.tests.support import hub_tools, locales, module_process
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering

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


def test_names_of_files_are_utf_8_in_a_locale_that_is_not(tmp_path: Path) -> None:
    """And what a run in one locale has left is there for one in another."""
    content, name = b"content", "模型/é.txt"
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def answer(path: str) -> Answer:
        if path.startswith("/api/models/a/b/tree/"):
            return Answer([{"type": "file", "path": name, "size": len(content), "oid": oid}])
        return Answer({"id": "a/b", "sha": COMMIT} if path.startswith("/api/") else content)

    (tmp_path / "locale").mkdir()
    target = tmp_path / "gewünscht"
    given: dict[str, Any] = {"repo_id": "a/b", "local_dir": str(target), "revision": COMMIT}

    def run(variables: dict[str, str], **more: Any) -> dict[str, Any]:
        arguments = {**given, "endpoint": server.url, "token": "", "tools_python": hub_tools.python(), **more}
        done = subprocess.run(
            module_process.command("hf_snapshot"),
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode(),
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def files() -> list[str]:
        found = [os.path.join(at, file) for at, _folders, files in os.walk(os.fsencode(tmp_path)) for file in files]
        return [os.fsdecode(path) for path in found if b".model_env" not in path and b"locale" not in path]

    with Answering(answer) as server:
        latin = locales.latin_1(tmp_path / "locale")
        assert run(latin)["snapshots"][0]["fetch"] == [name]
        assert files() == [str(target / name)]
        assert (target / name).read_bytes() == content
        assert not run({"LC_ALL": "C.UTF-8"})["changed"]
        assert not run(latin, verify="full")["changed"]
        assert run(latin, state="absent")["changed"]
        assert files() == []


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
