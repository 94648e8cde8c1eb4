# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the Hub what repositories hold. Runs in the tool environment's Python, fed on its standard input.

It must import nothing of this collection, since it travels as text. It asks through huggingface_hub, whose API, URLs,
headers and errors are the ones to trust; 0.34 and 2.x answer alike. One question is a dict with ``repo_id``,
``repo_type``, ``revision`` and ``timeout``, one answer a dict with ``commit``, ``tree`` and ``url``, or ``error``.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_PARALLEL = 8


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """Answer all questions of a request.

    :param request: ``endpoint`` (""; the Hub's own), ``token`` (None: the node's own, "": none), ``authorization``
        (the header for who has no token, "" for none), ``questions``.
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
    with ThreadPoolExecutor(_PARALLEL) as pool:
        questions = request["questions"]
        answers = list(pool.map(lambda question: _answer(api, endpoint, token or False, further, question), questions))
    headers = {**build_hf_headers(token=token or False), **further}
    agent = next((headers.pop(name) for name in list(headers) if name.lower() == "user-agent"), "")
    version = huggingface_hub.__version__
    return {"endpoint": endpoint, "headers": headers, "user_agent": agent, "library": version, "answers": answers}


def _answer(api: Any, endpoint: str, token: Any, headers: dict[str, str], question: dict[str, Any]) -> dict[str, Any]:
    import huggingface_hub

    repo_id, kind = question["repo_id"], question["repo_type"]
    try:
        info = api.repo_info(repo_id, repo_type=kind, revision=question["revision"], timeout=question["timeout"])
        commit = info.sha
        tree = []
        for entry in api.list_repo_tree(repo_id, recursive=True, revision=commit, repo_type=kind):
            if isinstance(entry, huggingface_hub.hf_api.RepoFile):
                digest = f"sha256:{entry.lfs.sha256}" if entry.lfs else f"git-sha1:{entry.blob_id}"
                tree.append([entry.path, entry.lfs.size if entry.lfs else entry.size, digest])
        if tree and (getattr(info, "gated", False) or getattr(info, "private", False)):
            # The listing of a gated repository is public and its files are not: ask for one before the first byte.
            url = huggingface_hub.hf_hub_url(repo_id, tree[0][0], repo_type=kind, revision=commit, endpoint=endpoint)
            huggingface_hub.get_hf_file_metadata(url, token=token, timeout=question["timeout"], headers=headers)
        marker = "\x00path\x00"
        url = huggingface_hub.hf_hub_url(repo_id, "PATH", repo_type=kind, revision=commit, endpoint=endpoint)
        return {"commit": commit, "tree": tree, "url": url[: -len("PATH")] + marker}
    except Exception as error:  # every failure is an answer; the caller knows what each class means
        return {"error": _explain(error)}


def _explain(error: BaseException) -> dict[str, Any]:
    """The class (with its parents, so that a caller need not know every subclass), status and headers of a failure."""
    response = getattr(error, "response", None)
    headers = {str(name).lower(): str(value) for name, value in dict(getattr(response, "headers", None) or {}).items()}
    kept = ("retry-after", "ratelimit", "x-error-code", "x-error-message")
    return {
        "classes": [parent.__name__ for parent in type(error).__mro__],
        "status": getattr(response, "status_code", None),
        "headers": {name: headers[name] for name in kept if name in headers},
        "message": " ".join(str(error).split())[:400],
    }


def main(request: str) -> None:
    """Entry point: a request as JSON text; the answer goes to standard output."""
    json.dump(describe(json.loads(request)), sys.stdout)
