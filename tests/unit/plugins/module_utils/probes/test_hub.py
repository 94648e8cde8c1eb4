# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The questions that the probe asks through huggingface_hub, by a stand-in of it in a real interpreter.

That the library itself answers so is tested with the weights, against a local server.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.probes import hub as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.tests.support import planted

HUB = """
import os, time, types
__version__ = "9.9"
constants = types.SimpleNamespace(ENDPOINT="https://own.example/")
utils = None
def get_token():
    return "hf_of_the_node"
def hf_hub_url(repo_id, path, repo_type, revision, endpoint):
    return f"{endpoint}/{repo_type}/{repo_id}/{revision}/{path}"
class Response:
    status_code = 403
    headers = {"X-Error-Code": "GatedRepo", "Retry-After": "7", "Set-Cookie": "secret"}
class GatedRepoError(OSError):
    response = Response()
class HfApi:
    def __init__(self, endpoint, token, headers):
        self.given = {"endpoint": endpoint, "token": token, "headers": headers}
    def repo_info(self, repo_id, repo_type, revision, timeout, expand):
        if repo_id == "gated":
            raise GatedRepoError("you   are not\\nin the list")
        if repo_id == "odd":
            raise KeyError("sha")
        if repo_id == "slow":
            time.sleep(600)
        said = types.SimpleNamespace(sha="c" * 40, private=repo_id == "private")
        if "gated" in expand:
            said.gated = "manual" if repo_id == "manual" else False
        return said
"""
UTILS = """
def build_hf_headers(token):
    headers = {"user-agent": "hf_hub/9.9"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return headers
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> planted.Environment:
    found = planted.Environment(tmp_path_factory.mktemp("hub") / "env")
    package = found.site / "huggingface_hub"
    package.mkdir()
    (package / "__init__.py").write_text(HUB)
    (package / "utils.py").write_text(UTILS)
    return found


def ask(environment: planted.Environment, *repositories: str, kind: str = "model", **request: Any) -> dict[str, Any]:
    questions = [{"repo_id": one, "repo_type": kind, "revision": "main"} for one in repositories]
    given = {"endpoint": "", "token": "", "authorization": "", "timeout": 60.0, "questions": questions, **request}
    script = f"{source_of(probe)}\nmain({json.dumps(given)!r})\n"
    done = subprocess.run([environment.python, "-I", "-"], input=script, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_revision_is_answered_by_its_commit_and_where_its_files_are(environment: planted.Environment) -> None:
    found = ask(environment, "org/a", "private", "manual")
    assert [one["commit"] for one in found["answers"]] == ["c" * 40] * 3
    assert [one["gated"] for one in found["answers"]] == [False, True, True]
    assert found["answers"][0]["url"] == f"https://own.example/model/org/a/{'c' * 40}/\x00path\x00"
    assert (found["endpoint"], found["library"], found["user_agent"]) == ("https://own.example", "9.9", "hf_hub/9.9")


@pytest.mark.parametrize(
    ("request_", "headers"),
    [
        ({"token": None}, {"authorization": "Bearer hf_of_the_node"}),
        ({"token": "hf_x", "authorization": "Basic u"}, {"authorization": "Bearer hf_x"}),
        ({"token": "", "authorization": "Basic u"}, {"authorization": "Basic u"}),
        ({"token": ""}, {}),
    ],
)
def test_who_asks(environment: planted.Environment, request_: dict[str, Any], headers: dict[str, str]) -> None:
    assert ask(environment, **request_)["headers"] == headers


def test_another_endpoint_is_asked_without_its_last_slash(environment: planted.Environment) -> None:
    found = ask(environment, "a", kind="space", endpoint="https://mirror.example/")
    assert found["endpoint"] == "https://mirror.example"
    assert found["answers"][0]["url"].startswith("https://mirror.example/space/a/")


def test_a_failure_is_an_answer_and_the_others_are_answered(environment: planted.Environment) -> None:
    gated, odd, fine = ask(environment, "gated", "odd", "fine")["answers"]
    assert gated["error"]["classes"][:2] == ["GatedRepoError", "OSError"]
    assert gated["error"]["status"] == 403
    assert gated["error"]["headers"] == {"retry-after": "7", "x-error-code": "GatedRepo"}
    assert gated["error"]["message"] == "you are not in the list"
    assert (odd["error"]["message"], odd["error"]["status"]) == ("KeyError: 'sha'", None)
    assert fine["commit"] == "c" * 40


def test_a_server_that_never_ends_its_answer_is_left(environment: planted.Environment) -> None:
    slow, fine = ask(environment, "slow", "fine", timeout=1.0)["answers"]
    assert slow["error"]["classes"] == ["TimeoutError"]
    assert "not whole after 3 seconds" in slow["error"]["message"]
    assert fine["commit"] == "c" * 40
