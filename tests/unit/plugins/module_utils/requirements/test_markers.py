# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers, as wheels have them."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.preflight.index_pages import Platform
from ansible_collections.portable.model_env.plugins.module_utils.requirements import markers

ENVIRONMENT = Platform("3.9", "x86_64").markers


@pytest.mark.parametrize(
    ("marker", "extras", "applies"),
    [
        ("", (), True),
        ('platform_system == "Linux" and platform_machine == "x86_64"', (), True),
        ('platform_system == "Windows" or platform_machine == "aarch64"', (), False),
        ('python_version < "3.10"', (), True),
        ('python_version >= "3.10"', (), False),
        ('"3.8" <= python_version', (), True),
        ('(python_version == "3.9.0") and sys_platform != "win32"', (), True),
        ('sys_platform in "linux darwin"', (), True),
        ('extra == "cli"', (), False),
        ('extra == "cli"', ("torch", "cli"), True),
        ('python_version ~= "3.9"', (), True),
        ('python_version ~= "3.10"', (), False),
        ('something_new == "1"', (), None),
        ("__import__('os').abort()", (), None),
    ],
)
def test_markers(marker: str, extras: tuple[str, ...], applies: bool | None) -> None:
    assert markers.holds(marker, ENVIRONMENT, extras) is applies


@pytest.mark.parametrize(
    ("marker", "applies"),
    [
        ("python_full_version < '3.11.0rc1'", False),  # a release comes after its candidates
        ("python_full_version >= '3.11.0rc1'", True),
        ("python_full_version == '3.11.0'", True),
    ],
)
def test_a_release_of_python_comes_after_its_candidates(marker: str, applies: bool) -> None:
    assert markers.holds(marker, {**ENVIRONMENT, "python_version": "3.11", "python_full_version": "3.11.0"}) is applies
