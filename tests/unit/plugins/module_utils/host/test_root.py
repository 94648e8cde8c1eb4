# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of a root, its lock and its logs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.root import LOGS_KEPT, Root


@pytest.fixture
def root(tmp_path: Path) -> Root:
    root = Root(str(tmp_path / "root"))
    root.prepare()
    return root


def test_the_newest_logs_are_kept(root: Root) -> None:
    for number in range(LOGS_KEPT + 5):
        Path(root.new_log("demo", f"2026{number:04}")).write_text("")
    Path(root.new_log("demo-two", "20269999")).write_text("")
    assert len([name for name in os.listdir(root.logs) if name.startswith("demo-2")]) == LOGS_KEPT
    assert Path(root.logs, "demo-20260024.log").exists()


def test_a_relative_root_is_refused() -> None:
    with pytest.raises(ModelEnvError, match="not an absolute path"):
        Root("relative")
