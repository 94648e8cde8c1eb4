# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that come through a real named pipe."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import secrets_pipe


def sent(folder: Path, text: str) -> str:
    """A pipe, and somebody who writes text into it as soon as it is opened."""
    path = folder / "secrets"
    os.mkfifo(path, 0o600)
    threading.Thread(target=lambda: path.write_text(text, encoding="utf-8"), daemon=True).start()
    return str(path)


def test_what_was_sent_arrives(tmp_path: Path) -> None:
    secrets = {"token": "hf_gehéim", "find_links": ["https://u:p@host/"]}
    assert secrets_pipe.read(sent(tmp_path, json.dumps(secrets, ensure_ascii=False))) == secrets


@pytest.mark.parametrize("path", [None, ""])
def test_a_module_in_the_foreground_has_none(path: str | None) -> None:
    assert secrets_pipe.read(path) == {}


def test_what_was_cut_off_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(json.JSONDecodeError):
        secrets_pipe.read(sent(tmp_path, '{"token": "hf_'))
    with pytest.raises(FileNotFoundError):
        secrets_pipe.read(str(tmp_path / "nowhere"))
