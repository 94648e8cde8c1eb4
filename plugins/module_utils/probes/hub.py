# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the Hub what revisions of repositories stand for. Runs in the tool environment's Python, fed on its input.

It must import nothing of this collection, since it travels as text. It asks through huggingface_hub, whose API, URLs,
headers and errors are the ones to trust; 0.34 and 2.x answer alike. One question is a dict with ``repo_id``,
``repo_type`` and ``revision``, one answer a dict with ``commit``, ``gated`` and ``url``, or ``error``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

_PARALLEL = 8
_LONGEST = 3  # times the limit for a silent server: how long one answer may take
_MOST_MEMORY = 1 << 30


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """Answer all questions of a request.

    :param request: ``endpoint`` (""; the Hub's own), ``token`` (None: the node's own, "": none), ``authorization``
        (the header for who has no token, "" for none), ``timeout`` (seconds without a byte), ``questions``.
    :returns: ``endpoint``, ``headers`` (with the token), ``library`` (version) and ``answers``.
    """
    os.environ.pop("HF_HUB_OFFLINE", None)
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
    import huggingface_hub  # type: ignore[import-not-found,unused-ignore]
    from huggingface_hub.utils import build_hf_headers  # type: ignore[import-not-found,unused-ignore]

    token: Any = request["token"]
    if token is None:
        token = huggingface_hub.get_token()
    endpoint = (request["endpoint"] or huggingface_hub.constants.ENDPOINT).rstrip("/")
    further = {"authorization": request["authorization"]} if request["authorization"] and not token else {}
    api = huggingface_hub.HfApi(endpoint=endpoint, token=token or False, headers=further)
    questions, seconds = request["questions"], request["timeout"]
    pool = ThreadPoolExecutor(_PARALLEL)
    waiting = [pool.submit(_answer, api, endpoint, question, seconds) for question in questions]
    until = time.monotonic() + _LONGEST * seconds * -(-len(questions) // _PARALLEL)
    answers = [_within(future, until, _LONGEST * seconds) for future in waiting]
    headers = {**build_hf_headers(token=token or False), **further}
    agent = next((headers.pop(name) for name in list(headers) if name.lower() == "user-agent"), "")
    version = huggingface_hub.__version__
    return {"endpoint": endpoint, "headers": headers, "user_agent": agent, "library": version, "answers": answers}


def _within(future: Future[dict[str, Any]], until: float, seconds: float) -> dict[str, Any]:
    """An answer, or that it did not come in time: its bytes may come one by one for ever."""
    try:
        return future.result(max(0.0, until - time.monotonic()))
    except Exception as error:  # concurrent.futures.TimeoutError, which is no TimeoutError before Python 3.11
        said = f"its answer is not whole after {seconds:g} seconds, {_LONGEST} times request_timeout"
        return {"error": {**_explain(error), "classes": ["TimeoutError"], "message": said}}


def _answer(api: Any, endpoint: str, question: dict[str, Any], seconds: float) -> dict[str, Any]:
    import huggingface_hub

    repo_id, kind = question["repo_id"], question["repo_type"]
    # Without it the names of all files come, too.
    expand = ["sha", "private"] if kind == "space" else ["sha", "private", "gated"]
    try:
        info = api.repo_info(repo_id, repo_type=kind, revision=question["revision"], timeout=seconds, expand=expand)
        url = huggingface_hub.hf_hub_url(repo_id, "PATH", repo_type=kind, revision=str(info.sha), endpoint=endpoint)
        gated = bool(getattr(info, "gated", False) or getattr(info, "private", False))
        return {"commit": info.sha, "gated": gated, "url": url[: -len("PATH")] + "\x00path\x00"}
    except Exception as error:  # every failure is an answer; the caller knows what each class means
        return {"error": _explain(error)}


def _explain(error: BaseException) -> dict[str, Any]:
    """The class (with its parents, so that a caller need not know every subclass), status and headers of a failure."""
    response = getattr(error, "response", None)
    headers = {str(name).lower(): str(value) for name, value in dict(getattr(response, "headers", None) or {}).items()}
    said = str(error) if isinstance(error, OSError) or response is not None else f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        said = f"its answer takes more than {_MOST_MEMORY >> 20} MiB of memory"
    kept = ("retry-after", "ratelimit", "x-error-code", "x-error-message")
    return {
        "classes": [parent.__name__ for parent in type(error).__mro__],
        "status": getattr(response, "status_code", None),
        "headers": {name: headers[name] for name in kept if name in headers},
        "message": " ".join(said.split())[:400],
    }


def main(request: str) -> None:
    """Entry point: a request as JSON text; the answer goes to standard output."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    json.dump(describe(json.loads(request)), sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # a thread may still wait for its server
