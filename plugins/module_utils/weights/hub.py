# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Hub as the node sees it: runs ``probes/hub.py`` in the tool environment and reads its answers."""

from __future__ import annotations

import functools
import json
import math
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret, conceal
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import Page, PageReader
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import Trust, basic
from ansible_collections.portable.model_env.plugins.module_utils.probes import hub as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens
from ansible_collections.portable.model_env.plugins.module_utils.weights.errors import may_pass, refusal, tools_broken
from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Listing, parse_commit
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import (
    RetryPolicy,
    rate_limit_wait,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.tree import LONGEST, read_tree

_PARALLEL = 8
_STARTING = 120.0  # seconds that Python may take to start, and huggingface_hub to be imported
_ROUND = 3.0  # as in probes/hub.py, which ends on its own
_PASSED_ON = ("HF_", "HUGGING_FACE_HUB_TOKEN", "HOME", "XDG_CACHE_HOME", "LANG")
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
        token: Secret | None,
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
        self,
        questions: Sequence[dict[str, Any]],
        *,
        timeout: float,
        waiting: Callable[[str], None],
        until: float = math.inf,
    ) -> HubAnswer:
        """List repositories, asking again after faults that pass.

        :param questions: ``repo_id``, ``repo_type``, ``revision`` each.
        :param timeout: seconds without a byte of one answer.
        :param waiting: told the reason before each pause.
        :param until: monotonic time after which nothing is asked again.
        :raises ModelEnvError: the tool environment does not work, or an answer cannot be believed.
        """
        whole = HubAnswer(trust=self._trust.for_hub())
        open_questions, failures = list(range(len(questions))), 0
        while open_questions:
            said = self._ask([questions[index] for index in open_questions], timeout)
            whole.endpoint, whole.headers, whole.library = said["endpoint"], said["headers"], said["library"]
            whole.user_agent = said["user_agent"]
            seconds = min(timeout * LONGEST, max(1.0, until - time.monotonic()))
            reader = PageReader(whole.trust, timeout, whole.endpoint, whole.headers, whole.user_agent)
            again, pause, reason = [], 0.0, ""
            with ThreadPoolExecutor(_PARALLEL) as pool:
                look = functools.partial(_list, reader, whole.endpoint, seconds)
                found = list(pool.map(look, [questions[index] for index in open_questions], said["answers"]))
            for index, listed in zip(open_questions, found):
                question = questions[index]
                if isinstance(listed, Listing):
                    whole.listings[index] = listed
                    whole.refusals.pop(index, None)  # of an earlier round
                    continue
                whole.refusals[index] = refusal(listed, question, said["endpoint"])
                if may_pass(listed) and failures < self._policy.retries and time.monotonic() < until:
                    limited = listed["status"] == 429
                    wait = (rate_limit_wait(listed["headers"], time.time()) if limited else 0.0) or 0.0
                    if wait > min(self._policy.longest_wait, until - time.monotonic()):
                        continue
                    again.append(index)
                    pause, reason = max(pause, wait), listed["message"]
                    status = listed["status"]
                    whole.again.append(f"HTTP {status} of the API" if status else "the API was not reached")
            open_questions = again
            if again:
                failures += 1
                waiting(reason)
                time.sleep(pause or self._policy.backoff(failures, random.random()))  # noqa: S311
        return whole

    def _ask(self, questions: list[dict[str, Any]], timeout: float) -> dict[str, Any]:
        tokens.of_node(self._environ)  # what its client will find is masked from now on
        endpoint = self._endpoint or self._environ.get("HF_ENDPOINT") or _ENDPOINT
        login = self._trust.login(endpoint)
        request = json.dumps(
            {
                "endpoint": self._endpoint,
                "token": None if self._token is None else self._token.reveal(),
                "authorization": basic(login),
                "timeout": timeout,
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
        limit = _STARTING + _ROUND * timeout * (1 + len(questions) // _PARALLEL)
        try:
            result = self._runner.run([self._python, "-I", "-"], stdin=program, env=environment, timeout=limit)
        except OSError as error:
            raise tools_broken(self._python, str(error)) from error
        try:
            answer = json.loads(result.stdout)
        except ValueError:
            answer = None
        if result.timed_out:
            raise tools_broken(self._python, f"it gave no answer within {limit:.0f} seconds")
        if result.rc != 0 or not isinstance(answer, dict):
            raise tools_broken(self._python, result.stderr)
        said = (value for name, value in answer["headers"].items() if name.lower() == "authorization")
        conceal(*(value.partition(" ")[2] for value in said))
        return answer


def _list(
    web: PageReader, endpoint: str, seconds: float, question: Mapping[str, Any], said: Mapping[str, Any]
) -> Listing | dict[str, Any]:
    """The files of a repository whose commit is known, or why there are none, as ``probes/hub.py`` says it."""
    if "error" in said:
        error: dict[str, Any] = said["error"]
        return error
    kind, name = question["repo_type"], question["repo_id"]
    commit = parse_commit(said["commit"], question["revision"], f"{kind} {name} at {endpoint}")
    page, tree = read_tree(web, endpoint, kind, name, commit, seconds=seconds)
    listing = Listing(commit, tree, said["url"])
    if page.status == 200 and tree and said["gated"]:
        # The listing of a gated repository is public and its files are not: ask for one, and that is the least of them.
        least = min(tree, key=lambda file: file.size or 1 << 62)
        page = web.get(listing.url(least.path), body=False, size=least.size)
    return listing if page.status in (200, 206) else _error(page)


def _error(page: Page) -> dict[str, Any]:
    """A failure in the words of ``probes/hub.py``, whose classes are named by the Hub's own codes."""
    code, status = page.headers.get("x-error-code", ""), page.status or None
    classes = {
        "RepoNotFound": "RepositoryNotFoundError",
        "RevisionNotFound": "RevisionNotFoundError",
        "GatedRepo": "GatedRepoError",
    }
    named = classes.get(code, "HTTPError") if status else "ConnectionError"
    message = page.error or f"{page.url} answered {page.status}"
    return {"classes": [named], "status": status, "headers": dict(page.headers), "message": message}
