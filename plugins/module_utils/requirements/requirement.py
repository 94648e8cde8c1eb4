# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One requirement, as an installer is given it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Requirement:
    """One line that an installer is given.

    :ivar text: a PEP 508 requirement (``torch==2.5.1``, ``clip @ git+https://host/clip@<commit>``), or for an
        editable one the absolute path of its source tree, with extras (``/src/clip[gpu]``).
    :ivar hashes: ``sha256:<hex>`` values of which the downloaded file must match one; empty: not checked.
    :ivar editable: whether ``text`` is a path that is installed in place.
    :ivar name: canonical name of an editable one's distribution ("" if not known; then the installer's answer tells).
    :ivar again: install it even if it looks the same, because its source tree has changed.
    """

    text: str
    hashes: tuple[str, ...] = ()
    editable: bool = False
    name: str = ""
    again: bool = False


# What callers may hand in: the text, or a mapping with the fields of Requirement under its own names
# (``requirement`` is accepted for ``text``).
RequirementLike = Union[str, Mapping[str, Any], Requirement]


def as_requirement(value: RequirementLike) -> Requirement:
    """A :class:`Requirement` from any of the accepted forms."""
    if isinstance(value, Requirement):
        return value
    if isinstance(value, str):
        return Requirement(value.strip())
    text = str(value.get("requirement", value.get("text", "")))
    return Requirement(
        text.strip(),
        tuple(value.get("hashes") or ()),
        bool(value.get("editable", False)),
        str(value.get("name", "")),
        bool(value.get("again", False)),
    )


def requirement_name(text: str) -> str:
    """The canonical name (PEP 503) that a requirement line begins with; "" for a path."""
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text)
    return canonicalize_name(match.group(0)) if match else ""
