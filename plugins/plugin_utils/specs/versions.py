# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place on the controller that imports ``packaging``.

ansible-core requires it, so it is always there; only the import check of ansible-test runs without it.
"""

from __future__ import annotations

try:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import Specifier, SpecifierSet
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version
except ImportError:  # pragma: no cover
    InvalidRequirement = Requirement = Specifier = SpecifierSet = None  # type: ignore[assignment,misc]
    canonicalize_name = InvalidVersion = Version = None  # type: ignore[assignment,misc]

__all__ = [
    "InvalidRequirement",
    "InvalidVersion",
    "Requirement",
    "Specifier",
    "SpecifierSet",
    "Version",
    "canonicalize_name",
]
