# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Hub's refusals become for the operator, alone and several at once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.weights.errors import (
    may_pass,
    raise_all,
    refusal,
    tools_broken,
)


def error(classes: str, status: int | None, **headers: str) -> dict[str, Any]:
    return {"classes": classes.split(), "status": status, "headers": headers, "message": "said"}


QUESTION = {"repo_id": "acme/x", "repo_type": "model", "revision": "main"}


@pytest.mark.parametrize(
    ("found", "kind", "passes", "word"),
    [
        (error("GatedRepoError RepositoryNotFoundError HfHubHTTPError", 403), "denied", False, "gated"),
        (error("RepositoryNotFoundError HfHubHTTPError", 401), "denied", False, "no such repository"),
        (error("RepositoryNotFoundError HfHubHTTPError", 404), "missing", False, "no such repository"),
        (error("RevisionNotFoundError HfHubHTTPError", 404), "missing", False, "no revision main"),
        (error("HfHubHTTPError", 403), "denied", False, "denied"),
        (error("HfHubHTTPError", 429), "rate_limited", True, "refuses further requests"),
        (error("HfHubHTTPError", 503), "network", True, "answered 503"),
        (error("ConnectionError OSError", None), "network", True, "cannot be asked"),
        (error("ConnectTimeout TimeoutException TransportError", None), "network", True, "cannot be asked"),
        (error("HFValidationError ValueError", None), "invalid", False, "not one of a repository"),
        (error("TypeError", None), "invalid", False, "cannot be read"),
    ],
)
def test_the_hubs_errors(found: dict[str, Any], kind: str, passes: bool, word: str) -> None:
    explained = refusal(found, QUESTION, "http://hub")
    assert (explained.kind, may_pass(found)) == (kind, passes)
    assert word in explained.what


def test_no_error_is_none_and_one_is_raised_as_it_is() -> None:
    raise_all([], "failed", 3)
    only = ModelEnvError("gone", where="a", kind="missing")
    with pytest.raises(ModelEnvError) as caught:
        raise_all([only], "failed", 3)
    assert caught.value is only


def test_several_become_one_that_names_the_first_twenty() -> None:
    errors = [ModelEnvError("gone", where=f"file{number}", todo="look", kind="missing") for number in range(25)]
    with pytest.raises(ModelEnvError) as caught:
        raise_all(errors, "files could not be fetched", 30)
    error = caught.value
    assert error.what.startswith("25 of 30 files could not be fetched: file0: gone; file1: gone")
    assert error.what.endswith("file19: gone; and 5 more")
    assert (error.kind, error.todo, len(error.details["errors"])) == ("missing", "look", 25)


def test_kinds_that_differ_are_no_kind() -> None:
    with pytest.raises(ModelEnvError) as caught:
        raise_all([ModelEnvError("a", kind="missing"), ModelEnvError("b", kind="denied")], "failed", 2)
    assert caught.value.kind == "io"


@pytest.mark.parametrize(
    ("output", "why"), [("Traceback\n  x\nImportError: no\n\n", "ImportError: no"), ("", "it gave no answer")]
)
def test_broken_tools_say_their_last_line(output: str, why: str) -> None:
    assert tools_broken("/bin/python", output).why == why
