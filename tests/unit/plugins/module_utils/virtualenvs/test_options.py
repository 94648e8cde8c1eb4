# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of the module pip, and the requirements files that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.options import read_request, read_settings

GIVEN: dict[str, Any] = {
    "name": [], "version": None, "requirements": None, "git": [], "state": "present", "virtualenv": "/opt/env/",
    "virtualenv_python": None, "editable": False, "installer": "pip", "tools": None, "uv_executable": "/opt/uv",
    "store": None, "index_url": "", "extra_index_urls": [], "find_links": [], "constraints": ["a<2"], "hashes": {},
    "require_hashes": False, "pins": "exact", "build_isolation": True, "environment": {"MAX_JOBS": 2},
    "secret_environment": {"WORD": "s3cr3t"}, "compile": False, "timeout": 0, "retries": 3, "retry_delay": 2.0,
    "total_timeout": None, "lock_wait": 5.0, "log": None,
}  # fmt: skip


def test_how_to_work() -> None:
    settings = read_settings(GIVEN)
    assert (settings.log, settings.executables["uv"]) == ("/opt/env.log", "/opt/uv")
    assert settings.options.environment == {"MAX_JOBS": "2", "WORD": "s3cr3t"}
    assert list(settings.options.secrets) == ["s3cr3t"]


def test_files_that_include_files(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("-r more/more.txt\n-c limits.txt\nalpha==1.0\n")
    (tmp_path / "limits.txt").write_text("omega<3\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "more.txt").write_text("beta==2.0\n-c more-limits.txt\n")
    (tmp_path / "more" / "more-limits.txt").write_text("psi<4\n")
    given = {**GIVEN, "requirements": str(tmp_path / "all.txt")}
    assert read_request(given).requirements == (Requirement("alpha==1.0"), Requirement("beta==2.0"))
    assert list(read_settings(given).options.constraints) == ["a<2", "psi<4", "omega<3"]


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("-r all.txt\n")
    with pytest.raises(ModelEnvError, match="included by itself"):
        read_request({**GIVEN, "requirements": str(tmp_path / "all.txt")})


def test_a_version_apart_from_its_name() -> None:
    assert read_request({**GIVEN, "name": ["alpha"], "version": "1.0"}).requirements == (Requirement("alpha==1.0"),)


def test_what_is_to_go() -> None:
    assert read_request({**GIVEN, "name": ["Alpha"], "state": "absent"}).names == ("alpha",)
