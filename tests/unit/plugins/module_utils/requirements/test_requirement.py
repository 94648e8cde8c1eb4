# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which a caller may hand in a requirement."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import (
    Requirement,
    RequirementLike,
    as_requirement,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (" alpha==1 ", Requirement("alpha==1")),
        ({"requirement": "alpha==1", "hashes": ["sha256:0"]}, Requirement("alpha==1", ("sha256:0",))),
        ({"text": "/src/a", "editable": True, "name": "a", "again": True}, Requirement("/src/a", (), True, "a", True)),
        (Requirement("alpha==1"), Requirement("alpha==1")),
    ],
)
def test_forms(given: RequirementLike, expected: Requirement) -> None:
    assert as_requirement(given) == expected
