# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the name of a wheel says: distribution, version, and the interpreters and machines that it is for (PEP 427)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.tags import (
    Tag,
    compatible_tags,
    cpython_tags,
)
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import (
    InvalidWheelFilename,
    parse_wheel_filename,
)
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import Version


@dataclass(frozen=True)
class WheelName:
    """The name of one wheel, taken apart.

    :ivar name: canonical name of the distribution.
    :ivar tags: the combinations of interpreter, ABI and platform that it is for.
    """

    name: str
    version: Version
    tags: frozenset[Tag]

    @property
    def pythons(self) -> tuple[str, ...]:
        """The interpreters that it names, such as ``cp311``, sorted."""
        return tuple(sorted({tag.interpreter for tag in self.tags}))

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that it names, sorted."""
        return tuple(sorted({tag.platform for tag in self.tags}))

    def is_version(self, wanted: str) -> bool:
        """Whether it is the wanted version, local parts aside; "" is any."""
        return not wanted or Version(self.version.public) == Version(wanted)

    def is_compiled_for(self, python_tag: str, machine: str) -> bool:
        """Whether it names this very interpreter (``cp311``) and machine: what a compiler here gives."""
        return python_tag in self.pythons and self.runs_on_machine(machine)

    def runs_on(self, python: str, machine: str) -> bool:
        """Whether it can be used with a CPython (``3.11``) on a Linux machine (``x86_64``)."""
        return self.runs_on_python(python) and self.runs_on_machine(machine)

    def runs_on_python(self, python: str) -> bool:
        """Whether CPython of a version (``3.11``) can import it, machine aside."""
        version = tuple(int(part) for part in python.split(".")[:2])
        own = python_tag(python)
        fitting = {
            (tag.interpreter, tag.abi)
            for tag in (
                *cpython_tags(version, abis=[own], platforms=["any"]),
                *compatible_tags(version, interpreter=own, platforms=["any"]),
            )
        }
        return any((tag.interpreter, tag.abi) in fitting for tag in self.tags)

    def runs_on_machine(self, machine: str) -> bool:
        """Whether a Linux machine (``x86_64``) with glibc can run it, versions of glibc aside."""
        return any(
            platform == "any" or (re.match(r"(many)?linux", platform) and platform.endswith(f"_{machine}"))
            for platform in self.platforms
        )


def parse(file_name: str) -> WheelName | None:
    """The parts of a wheel's file name; None if it is none."""
    try:
        name, version, _build, tags = parse_wheel_filename(file_name)
    except InvalidWheelFilename:
        return None
    return WheelName(name, version, tags)


def python_tag(python: str) -> str:
    """``cp311`` for ``3.11`` and ``3.11.4``."""
    return "cp" + "".join(python.split(".")[:2])


def python_of(tag: str) -> str:
    """``3.11`` for ``cp311``.

    :raises ValueError: it is no tag of CPython.
    """
    match = re.fullmatch(r"cp(\d)(\d+)", tag)
    if not match:
        raise ValueError(f"{tag!r} is no tag of CPython")
    return f"{match[1]}.{match[2]}"
