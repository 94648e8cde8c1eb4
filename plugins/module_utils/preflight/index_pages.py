# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an index says about the files of a project (PEP 691, JSON) and a wheel about its needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.specifiers import (
    InvalidSpecifier,
    Specifier,
)
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import Version
from ansible_collections.portable.model_env.plugins.module_utils.names import FileName, Line
from ansible_collections.portable.model_env.plugins.module_utils.requirements import markers, wheel_names
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import Parsed, parse_requirement

_LARGEST = 1 << 40  # bytes of a file of an index
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"


@dataclass(frozen=True)
class Platform:
    """The interpreter and machine that files are chosen for.

    :ivar python: ``X.Y``.
    :ivar machine: as ``platform.machine`` says it.
    """

    python: str
    machine: str

    @property
    def markers(self) -> dict[str, str]:
        """The variables of PEP 508, as far as they are known before the interpreter runs."""
        return {
            "python_version": self.python,
            "python_full_version": self.python,
            "platform_machine": self.machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


@dataclass(frozen=True)
class File:
    """One file of an index.

    :ivar size: bytes.
    :ivar metadata: address of its metadata (PEP 658); "" where the index has none apart.
    """

    url: str
    size: int
    metadata: str = ""


@dataclass(frozen=True)
class _Listed:
    filename: FileName
    url: Line
    size: int

    def __post_init__(self) -> None:
        """See that the size is one.

        :raises ValueError: it is not.
        """
        if not 0 <= self.size < _LARGEST:
            raise ValueError("has a size that no file has")


def files(page: str, base: str) -> list[tuple[str, File]]:
    """Name and file of everything on a page whose size the index tells.

    :param page: the body of the answer; one that is no JSON (an index that speaks HTML only) has no sizes.
    :param base: its address.
    """
    try:
        listed = strict.read_json(page)["files"]
    except (ValueError, KeyError, TypeError):
        return []
    found: list[tuple[str, File]] = []
    for data in listed if isinstance(listed, list) else ():
        try:
            entry = strict.read(_Listed, data, extra=True)
            url = urljoin(base, entry.url)
        except ValueError:  # it tells no size, or makes no sense
            continue
        apart = data.get("core-metadata") or data.get("dist-info-metadata")
        found.append((entry.filename, File(url, entry.size, f"{url}.metadata" if apart else "")))
    return found


def smallest(found: list[tuple[str, File]], version: str, target: Platform) -> File | None:
    """The smallest wheel of a version that the target can use, so that a sum of them is never too large.

    :param version: as pinned; a plain one also stands for the builds that have it (``2.5.1+cu124``).
    """
    fitting = []
    for name, file in found:
        wheel = wheel_names.parse(name)
        if wheel and _same(wheel.version, version) and wheel.runs_on(target.python, target.machine):
            fitting.append(file)
    return min(fitting, key=lambda file: file.size, default=None)


def needs(metadata: str, extras: tuple[str, ...], target: Platform) -> tuple[list[Parsed], int]:
    """The exactly pinned requirements of a wheel's metadata that apply, and how many others there are."""
    pinned, others = [], 0
    for line in metadata.partition("\n\n")[0].splitlines():
        if not line.startswith("Requires-Dist:"):
            continue
        parsed = parse_requirement(line.partition(":")[2])
        if parsed is None or markers.holds(parsed.marker, target.markers, extras) is False:
            continue
        if parsed.version:
            pinned.append(parsed)
        else:
            others += 1
    return pinned, others


def _same(found: Version, wanted: str) -> bool:
    try:
        return Specifier(f"=={wanted}").contains(found, prereleases=True)
    except InvalidSpecifier:  # pinned with ===, which allows what is no version; the name of a wheel does not
        return False
