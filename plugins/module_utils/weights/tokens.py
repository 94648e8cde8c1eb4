# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of the Hub, from whoever gives one."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.masking import Secret, conceal


def given(text: str | None) -> Secret | None:
    """A token of the inventory, without the blanks and line breaks around it that a vault or a file adds.

    :param text: None: none was given, so the node's own counts; "" (or blanks): there is to be none.
    :raises ModelEnvError: (``invalid``) it cannot be one, because it could not stand in a header.
    """
    if text is None:
        return None
    conceal(text)
    token = text.strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ModelEnvError(
            "the token cannot be one",
            why="it has a blank, a line break or another character in its middle that no token has",
            todo="give the token alone, as the Hub has shown it: one line, without quotes or a name before it",
            kind="invalid",
        )
    return Secret(token)


def of_node(environ: Mapping[str, str]) -> Secret:
    """The token that huggingface_hub would find on this node, read as it reads it; empty for none."""
    texts = [environ.get("HF_TOKEN", ""), environ.get("HUGGING_FACE_HUB_TOKEN", ""), _of_file(environ)]
    conceal(*texts)
    cleaned = (text.replace("\r", "").replace("\n", "").strip() for text in texts)
    return Secret(next(filter(None, cleaned), ""))


def _of_file(environ: Mapping[str, str]) -> str:
    home = environ.get("HOME") or os.path.expanduser("~")
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    hub = environ.get("HF_HOME") or os.path.join(cache, "huggingface")
    try:
        with open(environ.get("HF_TOKEN_PATH") or os.path.join(hub, "token"), encoding="utf-8") as handle:
            return handle.read()
    except (OSError, UnicodeDecodeError):
        return ""
