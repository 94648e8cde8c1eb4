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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.names import has_control, visible
from ansible_collections.portable.model_env.tests.support import hub_tools, locales, module_process
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering
from ansible_collections.portable.model_env.tests.support.rude_hub import COMMIT as COMMIT_OF_RUDE
from ansible_collections.portable.model_env.tests.support.rude_hub import RudeHub

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


@pytest.mark.parametrize("name", ["模型/é.txt", "-a b\n%2F/\x1b[2J\u202ené.txt"])
def test_names_of_files_are_utf_8_in_a_locale_that_is_not(tmp_path: Path, name: str) -> None:
    """And what a run in one locale has left is there for one in another; what a terminal obeys is shown."""
    content = b"content"
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
        assert run(latin)["snapshots"][0]["fetch"] == [visible(name)]
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


@pytest.fixture
def rude(tmp_path: Path) -> Iterator[RudeHub]:
    with RudeHub().running() as server:
        yield server


def ask(server: RudeHub, tmp_path: Path, token: str | None = None, **environ: str) -> dict[str, Any]:
    """What comes of a repository of this Hub: always a failure."""
    given = {"repo_id": "org/m", "local_dir": str(tmp_path / "weights"), "revision": COMMIT_OF_RUDE, "retries": 0}
    told = {"endpoint": server.url, "tools_python": hub_tools.python(), **({"token": token} if token else {})}
    result = module_process.run("hf_snapshot", {**given, **told}, check=False, HOME=str(tmp_path), **environ)
    assert result["failed"]
    return result


@pytest.mark.parametrize("way", ["argument", "with a newline", "environment", "old variable", "file", "other file"])
def test_a_token_that_the_server_repeats_is_masked(rude: RudeHub, tmp_path: Path, way: str) -> None:
    token, environ = None, {}
    folder = tmp_path / ".cache" / "huggingface"
    folder.mkdir(parents=True)
    if way == "argument":
        token = "hf_EXAMPLE"
    elif way == "with a newline":
        token = "hf_EXAMPLE\n"
    elif way == "environment":
        environ["HF_TOKEN"] = "hf_EXAMPLE\n"
    elif way == "old variable":
        environ["HUGGING_FACE_HUB_TOKEN"] = "hf_EXAMPLE"
    elif way == "file":
        (folder / "token").write_text("hf_EXAMPLE\n")
    else:
        (tmp_path / "mine").write_text("hf_EXAMPLE\n")
        environ["HF_TOKEN_PATH"] = str(tmp_path / "mine")
    result = ask(rude, tmp_path, token, **environ)
    assert "access denied for Bearer ********" in result["msg"], "the token was sent, and is masked"
    assert "EXAMPLE" not in json.dumps(result)


@pytest.mark.parametrize("middle", ["\n", "\x01", " ", "\u202e"])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(rude: RudeHub, tmp_path: Path, middle: str) -> None:
    result = ask(rude, tmp_path, f"hf_EXA{middle}MPLE")
    assert result["msg"].startswith("the token cannot be one.")
    assert not [part for part in ("EXA", "MPLE") if part in json.dumps(result)]


@pytest.mark.parametrize("listed", [True, False])
def test_what_a_server_sends_for_the_terminal_is_shown_and_not_sent(
    rude: RudeHub, tmp_path: Path, listed: bool
) -> None:
    rude.listed = listed
    result = ask(rude, tmp_path, "hf_EXAMPLE")
    assert "ok: [n1]" in result["msg"] and "\\x1b[2J" in result["msg"]
    assert not any(has_control(line) for line in result["msg"].split("\n"))
    assert not any(line.startswith("ok:") for line in result["msg"].split("\n"))
    assert not any(has_control(str(value)) for value in result["error"].values())
