# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the Hub: what is asked again, how often, and what comes back."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult
from ansible_collections.portable.model_env.plugins.module_utils.network.proxies import Proxies
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy

GOOD = {"commit": "c0ffee", "tree": [["a", 1, "sha256:a"]], "url": "http://hub/\x00path\x00"}


def failed(status: int | None, *classes: str, **headers: str) -> dict[str, Any]:
    return {"error": {"status": status, "classes": list(classes), "headers": headers, "message": "said"}}


def result(rc: int, stdout: str = "", stderr: str = "") -> CommandResult:
    return CommandResult((), rc, stdout, stderr, 0.0)


class Tools:
    """Stands for the Python that has huggingface_hub: the answers to each round of questions."""

    def __init__(self, *rounds: list[dict[str, Any]]) -> None:
        self._rounds: Iterator[list[dict[str, Any]]] = iter(rounds)
        self.asked: list[dict[str, Any]] = []
        self.environment: Mapping[str, str] = {}

    def run(self, argv: list[str], *, stdin: str, env: Mapping[str, str]) -> CommandResult:
        """Answer one round."""
        assert argv == ["/python", "-I", "-"]
        self.asked.append(json.loads(ast.literal_eval(stdin.rsplit("main(", 1)[1].rstrip()[:-1])))
        self.environment = env
        said = {
            "endpoint": "http://hub",
            "headers": {},
            "user_agent": "u",
            "library": "2.4",
            "answers": next(self._rounds),
        }
        return result(0, json.dumps(said))


def hub(tools: Any, environ: Mapping[str, str] | None = None, trust: Trust | None = None) -> Hub:
    policy = RetryPolicy(retries=2, delay=0.0, longest_wait=100)
    return Hub(tools, "/python", "", None, policy, environ or {}, trust or Trust())


def question(name: str) -> dict[str, Any]:
    return {"repo_id": name, "repo_type": "model", "revision": "main"}


def test_only_what_failed_for_a_while_is_asked_again() -> None:
    reasons: list[str] = []
    tools = Tools([GOOD, failed(503), failed(404, "RepositoryNotFoundError")], [GOOD])
    answer = hub(tools).look_up([question("o/a"), question("o/b"), question("o/c")], timeout=9, waiting=reasons.append)
    assert [[one["repo_id"] for one in asked["questions"]] for asked in tools.asked] == [["o/a", "o/b", "o/c"], ["o/b"]]
    assert sorted(answer.listings) == [0, 1]
    assert {index: error.kind for index, error in answer.refusals.items()} == {2: "missing"}
    assert (reasons, answer.again) == (["said"], ["HTTP 503 of the API"])
    assert answer.listings[1].tree == [HubFile("a", 1, "sha256:a")]


def test_what_fails_for_longer_than_the_retries_is_a_refusal() -> None:
    tools = Tools(*[[failed(None, "ConnectionError")]] * 3)
    answer = hub(tools).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert (len(tools.asked), answer.listings, answer.refusals[0].kind) == (3, {}, "network")


def test_a_pause_that_is_too_long_is_not_waited_for() -> None:
    tools = Tools([failed(429, **{"retry-after": "101"})])
    assert hub(tools).look_up([question("o/a")], timeout=9, waiting=lambda _r: None).refusals[0].kind == "rate_limited"


def test_the_client_gets_the_one_answer_and_no_login_that_would_replace_the_token(tmp_path: Any) -> None:
    (tmp_path / "netrc").write_text("machine hub login user password word\n")
    trust = Trust(proxies=Proxies("http://p:1", "http://p:1", ("hub",)), netrc=str(tmp_path / "netrc"))
    environ = {"HF_ENDPOINT": "http://hub", "HOME": "/h", "OTHER": "x", "HTTPS_PROXY": "http://lost:1", "PATH": "/x"}
    tools = Tools([GOOD])
    answer = hub(tools, environ, trust).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert tools.asked[0]["authorization"] == "Basic dXNlcjp3b3Jk"
    assert (tools.environment["NETRC"], tools.environment["https_proxy"]) == ("/dev/null", "http://p:1")
    assert not {"OTHER", "ALL_PROXY"} & set(tools.environment)
    assert tools.environment["HTTPS_PROXY"] == "http://p:1"
    assert (answer.trust.netrc, answer.trust.proxies) == ("", trust.proxies)


@pytest.mark.parametrize("said", [result(1, "", "Traceback\nImportError: no"), result(0, "noise")])
def test_tools_that_do_not_answer_are_told(said: CommandResult) -> None:
    class Broken:
        def run(self, *_argv: Any, **_more: Any) -> CommandResult:
            return said

    with pytest.raises(ModelEnvError) as caught:
        hub(Broken()).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert caught.value.kind == "tools"
