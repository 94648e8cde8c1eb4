# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the Hub: what is asked again, how often, and what comes back."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult
from ansible_collections.portable.model_env.plugins.module_utils.network.proxies import Proxies
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.tests.support.answering import Answer, Answering
from ansible_collections.portable.model_env.tests.support.hub_files import hub_file

BLOB = "b" * 40
COMMIT = "c" * 40
GOOD = {"commit": COMMIT, "gated": False, "url": "http://hub/\x00path\x00"}
LISTED = [{"type": "file", "path": "a", "size": 1, "oid": BLOB}]


def failed(status: int | None, *classes: str, **headers: str) -> dict[str, Any]:
    return {"error": {"status": status, "classes": list(classes), "headers": headers, "message": "said"}}


def result(rc: int, stdout: str = "", stderr: str = "") -> CommandResult:
    return CommandResult((), rc, stdout, stderr, 0.0)


class Tools:
    """Stands for the Python that has huggingface_hub: the answers to each round of questions."""

    def __init__(self, *rounds: list[dict[str, Any]], endpoint: str = "http://hub") -> None:
        self._endpoint = endpoint
        self._rounds: Iterator[list[dict[str, Any]]] = iter(rounds)
        self.asked: list[dict[str, Any]] = []
        self.environment: Mapping[str, str] = {}

    def run(self, argv: list[str], *, stdin: str, env: Mapping[str, str], timeout: float) -> CommandResult:
        """Answer one round."""
        assert argv == ["/python", "-I", "-"]
        self.asked.append(json.loads(ast.literal_eval(stdin.rsplit("main(", 1)[1].rstrip()[:-1])))
        self.environment = env
        said = {
            "endpoint": self._endpoint,
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
    asked = [question("o/a"), question("o/b"), question("o/c")]
    with Answering(lambda _path: Answer(LISTED)) as server:
        tools = Tools([GOOD, failed(503), failed(404, "RepositoryNotFoundError")], [GOOD], endpoint=server.url)
        answer = hub(tools).look_up(asked, timeout=9, waiting=reasons.append)
    assert [[one["repo_id"] for one in asked["questions"]] for asked in tools.asked] == [["o/a", "o/b", "o/c"], ["o/b"]]
    assert sorted(answer.listings) == [0, 1]
    assert {index: error.kind for index, error in answer.refusals.items()} == {2: "missing"}
    assert (reasons, answer.again) == (["said"], ["HTTP 503 of the API"])
    assert answer.listings[1].tree == [hub_file("a", 1, f"git-sha1:{BLOB}")]


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
    tools = Tools([failed(404)])
    answer = hub(tools, environ, trust).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert tools.asked[0]["authorization"] == "Basic dXNlcjp3b3Jk"
    assert (tools.environment["NETRC"], tools.environment["https_proxy"]) == ("/dev/null", "http://p:1")
    assert not {"OTHER", "ALL_PROXY"} & set(tools.environment)
    assert tools.environment["HTTPS_PROXY"] == "http://p:1"
    assert (answer.trust.netrc, answer.trust.proxies) == ("", trust.proxies)


def test_a_listing_that_fails_for_a_while_is_asked_for_again() -> None:
    answers = iter([Answer(status=503), Answer(status=429, headers={"Retry-After": "\u00b2"}), Answer(LISTED)])
    with Answering(lambda _path: next(answers)) as server:
        tools = Tools([GOOD], [GOOD], [GOOD], endpoint=server.url)
        answer = hub(tools).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert (sorted(answer.listings), answer.again) == ([0], ["HTTP 503 of the API", "HTTP 429 of the API"])


def test_nothing_is_asked_again_when_the_time_is_over() -> None:
    tools = Tools([failed(503)])
    said = hub(tools).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None, until=time.monotonic())
    assert said.refusals[0].kind == "network"


def test_the_least_file_of_a_gated_repository_is_tried_before_any_is_fetched() -> None:
    listed = [
        {"type": "file", "path": path, "size": size, "oid": BLOB} for path, size in (("a", 0), ("b", 9), ("c", 5))
    ]

    def answer(path: str) -> Answer:
        return Answer(listed) if path.startswith("/api/") else Answer("no", 403, {"X-Error-Code": "GatedRepo"})

    with Answering(answer) as server:
        tools = Tools([{**GOOD, "gated": True, "url": f"{server.url}/\x00path\x00"}], endpoint=server.url)
        said = hub(tools).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert (said.refusals[0].kind, said.listings) == ("denied", {})
    assert "gated" in said.refusals[0].what
    path, headers = server.requests[-1]
    assert (path, headers["range"]) == ("/c", "bytes=0-0")


def test_another_commit_than_the_one_that_was_asked_for_is_no_answer() -> None:
    with pytest.raises(ModelEnvError, match=r"d{40} was asked for, and c{40} is answered"):
        hub(Tools([GOOD])).look_up([{**question("o/a"), "revision": "d" * 40}], timeout=9, waiting=lambda _reason: None)


@pytest.mark.parametrize("said", [result(1, "", "Traceback\nImportError: no"), result(0, "noise")])
def test_tools_that_do_not_answer_are_told(said: CommandResult) -> None:
    class Broken:
        def run(self, *_argv: Any, **_more: Any) -> CommandResult:
            return said

    with pytest.raises(ModelEnvError) as caught:
        hub(Broken()).look_up([question("o/a")], timeout=9, waiting=lambda _reason: None)
    assert caught.value.kind == "tools"
