# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of modules: Ansible adds the arguments to every result, and no secret of theirs is in it."""

from __future__ import annotations

import io
import json
import os
import threading
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible.module_utils import basic

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.module import Module

URL = "https://user:s3cr%2Fet@host/simple"
OPTIONS: dict[str, Any] = {
    "url": {"type": "str"},
    "urls": {"type": "list", "elements": "str", "default": []},
    "environment": {"type": "dict", "default": {}},
    "number": {"type": "int", "default": 0},
    "secrets_pipe": {"type": "path", "no_log": False},
}


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a module prints that does something with its arguments."""

    def run(act: Callable[[Module], Any], **given: Any) -> str:
        encoded = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", encoded, raising=False)
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit):
            act(Module(argument_spec=OPTIONS))
        return printed.getvalue()

    return run


@pytest.mark.parametrize(
    "given",
    [{"url": URL}, {"urls": [f"x @ {URL}"]}, {"environment": {"A_TOKEN": "s3cr/et"}}, {"environment": {"PROXY": URL}}],
)
def test_the_arguments_show_no_secret_and_the_module_has_it(outcome: Callable[..., str], given: dict[str, Any]) -> None:
    seen: list[Any] = []

    def act(module: Module) -> None:
        seen.append(module.given)
        module.exit_json(said=f"the server said: no s3cr/et, no {URL}", kept=["a", 1, None, {"b": True}])

    result = json.loads(outcome(act, **given))
    assert "s3cr" not in json.dumps(result)
    assert result["kept"] == ["a", 1, None, {"b": True}]
    assert set(result["invocation"]["module_args"]) == set(OPTIONS)
    assert "s3cr" in json.dumps(seen)


def test_nor_do_they_where_they_make_no_sense(outcome: Callable[..., str]) -> None:
    result = json.loads(outcome(lambda module: module.exit_json(), url=URL, number="s3cr/et"))
    assert result["failed"] and "number" in result["msg"]
    assert "s3cr" not in json.dumps(result)


def test_an_error_becomes_the_failure(outcome: Callable[..., str]) -> None:
    error = ModelEnvError("it failed", why=f"it cannot read {URL}", kind="network")
    result = json.loads(outcome(lambda module: module.fail(error, seconds=1.5), url=URL))
    assert (result["failed"], result["msg"], result["seconds"]) == (True, error.message, 1.5)
    assert result["error"]["kind"] == "network"
    assert "s3cr" not in json.dumps(result)


def test_what_comes_through_the_pipe_is_an_argument_that_ansible_does_not_see(
    outcome: Callable[..., str], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sender = threading.Thread(target=pipe.write_text, args=(json.dumps({"url": URL}),))
    sender.start()
    seen: list[Any] = []

    def act(module: Module) -> None:
        seen.append(module.given["url"])
        module.exit_json(said=URL)

    result = json.loads(outcome(act, secrets_pipe=str(pipe)))
    sender.join()
    assert seen == [URL]
    assert result["invocation"]["module_args"]["url"] is None
    assert "s3cr" not in json.dumps(result)


def test_secrets_of_the_nodes_environment_are_known(
    outcome: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-EXAMPLE")
    assert "EXAMPLE" not in outcome(lambda module: module.exit_json(said="it has sk-EXAMPLE"))
