# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirement lines (PEP 508)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.requirements import (
    InvalidRequirement,
    Requirement,
)
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Parsed:
    """The parts of one requirement line.

    :ivar name: as written.
    :ivar extras: sorted, without brackets.
    :ivar specifiers: each with its operator (``==2.5.1``), without blanks.
    :ivar url: of a direct reference, with its fragment; "" if there is none.
    :ivar marker: after the semicolon; "" if there is none.
    """

    name: str
    extras: tuple[str, ...] = ()
    specifiers: tuple[str, ...] = ()
    url: str = ""
    marker: str = ""

    @property
    def key(self) -> str:
        """The name by which distributions are compared."""
        return canonicalize_name(self.name)

    @property
    def head(self) -> str:
        """Name and extras, as a requirement begins."""
        return self.name + (f"[{','.join(self.extras)}]" if self.extras else "")

    @property
    def version(self) -> str:
        """The version that an exact pin names; "" if there is no exact pin."""
        if len(self.specifiers) != 1 or "*" in self.specifiers[0] or not self.specifiers[0].startswith("=="):
            return ""
        return self.specifiers[0].lstrip("=")

    def pinned(self, version: str) -> str:
        """The same requirement for one version, whatever it asked for before."""
        return f"{self.head}=={version}" + (f" ; {self.marker}" if self.marker else "")


def parse_requirement(text: str) -> Parsed | None:
    """The parts of a requirement line; None if it is none (a path, an option, nonsense)."""
    try:
        found = Requirement(text.strip())
    except InvalidRequirement:
        return None
    return Parsed(
        found.name,
        tuple(sorted(found.extras)),
        tuple(str(specifier) for specifier in found.specifier),
        found.url or "",
        str(found.marker or ""),
    )
