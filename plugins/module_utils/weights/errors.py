# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""huggingface_hub's errors in words for the operator, and several errors as one."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

_NETWORK = ("ConnectionError", "TimeoutError", "Timeout", "TransportError", "RequestError")


def may_pass(error: Mapping[str, Any]) -> bool:
    """Whether the failure may be over in a while."""
    status = error["status"]
    if status is None:
        return any(name in error["classes"] for name in _NETWORK)
    return status in (408, 429) or status >= 500


def refusal(error: Mapping[str, Any], question: Mapping[str, Any], endpoint: str) -> ModelEnvError:
    """The error for one repository.

    :param error: ``classes``, ``status``, ``headers`` and ``message``, as ``probes/hub.py`` gives them.
    :param question: ``repo_id``, ``repo_type`` and ``revision`` that were asked for.
    """
    classes, status = error["classes"], error["status"]
    where = f"{question['repo_type']} {question['repo_id']} at {endpoint}"
    said = error["headers"].get("x-error-message") or error["message"]
    if "GatedRepoError" in classes:
        return ModelEnvError(
            "the repository is gated, and this token has no access",
            where=where,
            why=said,
            todo="open the repository's page with the account of the token, accept its terms, and run again",
            kind="denied",
        )
    if "RevisionNotFoundError" in classes:
        return ModelEnvError(
            f"the repository has no revision {question['revision']}",
            where=where,
            why="it was mistyped, or its history was rewritten",
            todo="take a commit from the list of commits on the repository's page",
            kind="missing",
        )
    if "RepositoryNotFoundError" in classes or status in (401, 404):
        return ModelEnvError(
            "there is no such repository for this token",
            where=where,
            why="the name or the type (model, dataset, space) is wrong, or it is private, or the token is not valid"
            " (the Hub tells these apart for nobody)",
            todo="compare the name with the repository's page, and set token if it is private",
            kind="missing" if status == 404 else "denied",
        )
    if status == 403:
        return ModelEnvError(
            "access to the repository is denied", where=where, why=said, todo="check token", kind="denied"
        )
    if "HFValidationError" in classes:
        return ModelEnvError("the name is not one of a repository", where=where, why=said, kind="invalid")
    if status == 429:
        return ModelEnvError(
            "the Hub refuses further requests for a while",
            where=where,
            why="too many requests came from this address or token",
            todo="set token (anonymous quotas are small and count per address), use a mirror, or run again later",
            kind="rate_limited",
        )
    if status is None and not may_pass(error):
        return ModelEnvError(
            "what the Hub says of the repository cannot be read",
            where=where,
            why=said,
            todo="check that the endpoint (endpoint, HF_ENDPOINT) is a Hub or a mirror of it",
            kind="invalid",
        )
    return ModelEnvError(
        "the Hub cannot be asked" if status is None else f"the Hub answered {status}",
        where=where,
        why=said,
        todo="check that the node reaches the endpoint (endpoint, HF_ENDPOINT, proxy) and run again",
        kind="network",
    )


def tools_broken(python: str, output: str) -> ModelEnvError:
    """The tool environment did not run."""
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return ModelEnvError(
        f"huggingface_hub cannot be run with {python}",
        why=lines[-1][:300] if lines else "it gave no answer",
        todo="remove that tool environment and run again; it is made anew",
        kind="tools",
    )


def raise_all(errors: Sequence[ModelEnvError], what: str, total: int) -> None:
    """Raise one error for all of them: the only one as it is, several grouped.

    :raises ModelEnvError: there is at least one.
    """
    if not errors:
        return
    if len(errors) == 1:
        raise errors[0]
    kinds = {error.kind for error in errors}
    shown = [" ".join(f"{error.where}: {error.what}".split()) for error in errors[:20]]
    more = [f"and {len(errors) - 20} more"] if len(errors) > 20 else []
    first = errors[0]
    raise ModelEnvError(
        f"{len(errors)} of {total} {what}: " + "; ".join(shown + more),
        why=first.why,
        todo=first.todo,
        kind=first.kind if len(kinds) == 1 else "io",
        details={"errors": [error.as_dict() for error in errors]},
    )
