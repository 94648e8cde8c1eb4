# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of the Hub: from the inventory, and from the node."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.masking import masked
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens


@pytest.mark.parametrize("text", ["hf_EXAMPLE", "hf_EXAMPLE\n", "  hf_EXAMPLE\r\n"])
def test_what_a_vault_adds_around_a_token_is_taken_off(text: str) -> None:
    token = tokens.given(text)
    assert token is not None and token.reveal() == "hf_EXAMPLE"


def test_no_token_is_not_the_same_as_the_nodes_own() -> None:
    assert tokens.given(None) is None
    assert tokens.given(" \n") == tokens.given("")
    assert not tokens.given("")


@pytest.mark.parametrize(
    "text", ["hf_EXA\nMPLE", "token: hf_EXAMPLE", "hf_EXA\x1b[2JMPLE", "hf_EXA\u202eMPLE", "hf_\u00e9"]
)
def test_what_cannot_stand_in_a_header_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ModelEnvError) as caught:
        tokens.given(text)
    assert "the token cannot be one" in caught.value.message
    assert not {"EXA", "MPLE", "hf_"} & {word for word in ("EXA", "MPLE", "hf_") if word in caught.value.message}


def test_the_nodes_token_is_where_the_client_looks_for_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_file\n")
    nowhere = {"HOME": str(tmp_path)}
    assert tokens.of_node({"HF_HOME": str(tmp_path)}).reveal() == "hf_file"
    assert tokens.of_node({"HF_TOKEN_PATH": str(tmp_path / "token"), **nowhere}).reveal() == "hf_file"
    assert tokens.of_node({"HF_HOME": str(tmp_path), "HF_TOKEN": "hf_named\n"}).reveal() == "hf_named"
    assert tokens.of_node({"HUGGING_FACE_HUB_TOKEN": "hf_old_name", **nowhere}).reveal() == "hf_old_name"
    assert not tokens.of_node(nowhere)


def test_every_token_of_the_node_is_masked(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_file\n")
    tokens.of_node({"HF_HOME": str(tmp_path), "HF_TOKEN": "hf_named"})
    assert masked("it has hf_named, and hf_file") == "it has ********, and ********"
