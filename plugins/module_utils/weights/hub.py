# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Hub as the node sees it: runs ``probes/hub.py`` in the tool environment and reads its answers."""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust, basic
from ansible_collections.portable.model_env.plugins.module_utils.probes import hub as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.plugins.module_utils.weights.errors import may_pass, refusal, tools_broken
from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Listing
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import (
    RetryPolicy,
    rate_limit_wait,
)

_PASSED_ON = ("HF_", "HOME", "LANG")
_ENDPOINT = "https://huggingface.co"


@dataclass
class HubAnswer:
    """What the Hub said, by the numbers of the questions, and how to talk to it.

    :ivar listings: of what can be had.
    :ivar refusals: why the others cannot be had.
    :ivar headers: for requests to ``endpoint``; they hold the token.
    :ivar trust: how its servers are reached.
    :ivar again: what a question had to be asked again for, each time.
    """

    endpoint: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    user_agent: str = ""
    trust: Trust = field(default_factory=Trust)
    library: str = ""
    listings: dict[int, Listing] = field(default_factory=dict)
    refusals: dict[int, ModelEnvError] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)


class Hub:
    """Asks the Hub.

    :param runner: runs the tool environment's Python.
    :param python: path of that Python.
    :param endpoint: "" for HF_ENDPOINT of the node, else the Hub's own.
    :param token: None: what the node has (HF_TOKEN or its token file); "": none.
    :param environ: of the node.
    :param trust: how the network is reached.
    """

    def __init__(
        self,
        runner: Runner,
        python: str,
        endpoint: str,
        token: str | None,
        policy: RetryPolicy,
        environ: Mapping[str, str],
        trust: Trust,
    ) -> None:
        self._runner = runner
        self._python = python
        self._endpoint = endpoint
        self._token = token
        self._policy = policy
        self._environ = environ
        self._trust = trust

    def look_up(
        self, questions: Sequence[dict[str, Any]], *, timeout: float, waiting: Callable[[str], None]
    ) -> HubAnswer:
        """List repositories, asking again after faults that pass.

        :param questions: ``repo_id``, ``repo_type``, ``revision`` each.
        :param timeout: seconds for one request.
        :param waiting: told the reason before each pause.
        :raises ModelEnvError: the tool environment does not work.
        """
        whole = HubAnswer(trust=self._trust.for_hub())
        open_questions, failures = list(range(len(questions))), 0
        while open_questions:
            said = self._ask([{**questions[index], "timeout": timeout} for index in open_questions])
            whole.endpoint, whole.headers, whole.library = said["endpoint"], said["headers"], said["library"]
            whole.user_agent = said["user_agent"]
            again, pause, reason = [], 0.0, ""
            for index, answer in zip(open_questions, said["answers"]):
                question = questions[index]
                if "error" not in answer:
                    tree = [HubFile(*entry) for entry in answer["tree"]]
                    whole.listings[index] = Listing(answer["commit"], tree, answer["url"])
                    whole.refusals.pop(index, None)  # of an earlier round
                    continue
                error = answer["error"]
                whole.refusals[index] = refusal(error, question, said["endpoint"])
                if may_pass(error) and failures < self._policy.retries:
                    limited = error["status"] == 429
                    wait = rate_limit_wait(error["headers"], time.time()) if limited else 0.0
                    if wait > self._policy.longest_wait:
                        continue
                    again.append(index)
                    pause, reason = max(pause, wait), error["message"]
                    status = error["status"]
                    whole.again.append(f"HTTP {status} of the API" if status else "the API was not reached")
            open_questions = again
            if again:
                failures += 1
                waiting(reason)
                time.sleep(pause or self._policy.backoff(failures, random.random()))  # noqa: S311
        return whole

    def _ask(self, questions: list[dict[str, Any]]) -> dict[str, Any]:
        endpoint = self._endpoint or self._environ.get("HF_ENDPOINT") or _ENDPOINT
        login = self._trust.login(endpoint)
        request = json.dumps(
            {
                "endpoint": self._endpoint,
                "token": self._token,
                "authorization": basic(login) if login else "",
                "questions": questions,
            }
        )
        program = f"{source_of(probe)}\n\nmain({request!r})\n"
        kept = {name: value for name, value in self._environ.items() if name.startswith(_PASSED_ON)}
        environment = {
            **self._trust.for_hub().environment(kept, [endpoint]),
            "PATH": os.defpath,
            "NETRC": os.devnull,  # requests would send a login of that file in the place of the token
        }
        try:
            result = self._runner.run([self._python, "-I", "-"], stdin=program, env=environment)
        except OSError as error:
            raise tools_broken(self._python, str(error)) from error
        try:
            answer = json.loads(result.stdout)
        except ValueError:
            answer = None
        if result.rc != 0 or not isinstance(answer, dict):
            raise tools_broken(self._python, result.stderr)
        return answer
