# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What being the only one on a root brings with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases.exclusive import Exclusive
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Whatever a test sets ends with it."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.parametrize(("user", "mode"), [(0, 0o755), (1000, 0o700)])
def test_users_can_reach_what_root_makes_under_a_strict_umask(
    user: int, mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    tree = ModelRoot(str(tmp_path / "root"))
    with Exclusive(tree, "testing", 0.0, check_mode=False):
        pass
    assert os.stat(tree.releases).st_mode & 0o777 == mode
