# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in texts, and texts without them."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Callable
from urllib.parse import quote

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret, conceal, masked, secrets_in

AWKWARD = "s3\"cr\\et'/+ wörd\n"


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("https://u:p@h/simple", ["u:p", "p"], "https://****@h/simple"),
        ("https://token@h/simple", ["token"], "https://****@h/simple"),
        ("git+ssh://git@h/x.git@v1", [], "git+ssh://git@h/x.git@v1"),
        ("x @ git+https://u:p@h/x@0123", ["u:p", "p"], "x @ git+https://****@h/x@0123"),
        ("https://h/simple", [], "https://h/simple"),
        ("1" + "x" * 500_000 + "http://a:b@c", ["a:b", "b"], "1" + "x" * 500_000 + "http://****@c"),
        ("http://a:b@c https://d:e@f", ["a:b", "d:e", "b", "e"], "http://****@c https://****@f"),
    ],
)
def test_credentials_are_found_and_masked(text: str, secrets: list[str], shown: str) -> None:
    assert secrets_in([text]) == secrets
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("HF_TOKEN", True), ("OPENAI_API_KEY", True), ("DB_PASSWORD", True), ("AWS_SECRET_ACCESS_KEY", True),
        ("MAX_JOBS", False), ("KEYBOARD", False), ("TORCH_CUDA_ARCH_LIST", False),
    ],
)  # fmt: skip
def test_secret_variables(name: str, secret: bool) -> None:
    assert masking.secret_values({name: "abcdefgh"}) == (["abcdefgh"] if secret else [])


def test_short_values_and_paths_are_no_secrets() -> None:
    assert masking.secret_values({"A_TOKEN": "1", "B_TOKEN": "/run/secrets/token"}) == []


@pytest.mark.parametrize(
    "written",
    [
        str, repr, "{}".format, "{!r:>20}".format, json.dumps, lambda secret: f"Bearer {secret}",
        lambda secret: json.dumps({"token": [secret]}), lambda secret: "-".join([secret, secret]),
        lambda secret: secret + "", lambda secret: secret.encode().decode(),
        lambda secret: pickle.loads(pickle.dumps(secret)), lambda secret: str({"token": secret}),
    ],
)  # fmt: skip
def test_a_secret_shows_itself_to_nobody(written: Callable[[Secret], str]) -> None:
    secret = Secret("hf_EXAMPLE")
    assert "hf_" not in written(secret) and "***" in written(secret)
    assert secret.reveal() == "hf_EXAMPLE"


def test_a_secret_is_compared_by_its_text() -> None:
    secret = Secret("hf_EXAMPLE")
    assert secret == Secret("hf_EXAMPLE") and secret != Secret("hf_OTHER")
    assert secret not in ("***", "hf_EXAMPLE")
    assert len({secret, Secret("hf_EXAMPLE"), Secret("hf_OTHER")}) == 2
    assert copy.deepcopy([secret])[0].reveal() == "hf_EXAMPLE"
    assert not Secret("") and str(Secret("")) == ""


@pytest.mark.parametrize(
    "written",
    [
        str, str.strip, repr, json.dumps, quote, lambda text: quote(text, safe=""),
        lambda text: json.dumps(text, ensure_ascii=False), lambda text: json.dumps(repr(text)),
        lambda text: repr(f"Bearer {text}".encode()), lambda text: quote(text, safe="").lower(),
    ],
)  # fmt: skip
def test_a_secret_is_masked_however_it_is_written(written: Callable[[str], str]) -> None:
    conceal(AWKWARD)
    text = masked(f"it said {written(AWKWARD)}, and ended")
    assert text.startswith("it said ") and text.endswith(", and ended") and masking.MASK in text
    assert "cr" not in text and "rd" not in text


@pytest.mark.parametrize("user", ["", "u", "me", "bot", "x-access-token"])
def test_a_secret_is_masked_in_the_header_for_any_user(user: str) -> None:
    conceal("hf_EXAMPLE")
    header = base64.b64encode(f"{user}:hf_EXAMPLE".encode()).decode()
    shown = masked(f"Authorization: Basic {header}")
    assert masking.MASK in shown
    left = shown.partition("Basic ")[2].split(masking.MASK)
    assert sum(map(len, left)) < len(header) - 10


def test_the_lines_of_a_secret_are_masked_one_by_one() -> None:
    conceal("-----BEGIN KEY-----\nabcdefgh\nijklmnop\n")
    assert masked("abcdefgh") == masked("ijklmnop") == masking.MASK


def test_what_is_too_short_to_be_recognized_is_left_alone() -> None:
    conceal("1", "", "   ")
    assert masked("1 of 10") == "1 of 10"
