# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wheel file says of itself: its name, its metadata, and what its compiled libraries ask for."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, replace

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import canonical
from ansible_collections.portable.model_env.plugins.module_utils.wheels import elf
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, libc_fits

# PEP 427: name, version, build tag (optional), Python, ABI, platform.
_NAME = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)


@dataclass(frozen=True)
class WheelFile:
    """One wheel.

    :ivar version: with a local part, if it has one.
    :ivar pythons: its Python tags.
    :ivar platforms: its platform tags.
    :ivar glibc: what its libraries need, as ``glibc2.32``; "" if none.
    :ivar cxx11abi: what they expect of torch; None: they do not show it.
    """

    package: str
    version: str
    pythons: tuple[str, ...]
    platforms: tuple[str, ...]
    glibc: str
    cxx11abi: bool | None


def read(path: str) -> WheelFile:
    """Read a wheel; its libraries are unpacked one by one beside it and removed again.

    :raises ModelEnvError: kind ``corrupt``; it is no whole wheel. kind ``io``, ``no_space``: it cannot be read here.
    """
    name = _NAME.fullmatch(os.path.basename(path))
    if name is None:
        raise _corrupt(path, "its name is not that of a wheel")
    libraries = []
    try:
        with filesystem.explained("the wheel cannot be looked into", path), zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith(".so") or ".so." in os.path.basename(member):
                    with archive.open(member) as packed, tempfile.TemporaryFile(dir=os.path.dirname(path)) as file:
                        shutil.copyfileobj(packed, file, 1 << 20)
                        file.seek(0)
                        library = elf.read(file)
                        libraries += [library] if library else []
    except (zipfile.BadZipFile, EOFError) as error:
        raise _corrupt(path, str(error)) from error
    return WheelFile(
        canonical(name["name"]),
        name["version"],
        tuple(name["python"].split(".")),
        tuple(name["platform"].split(".")),
        elf.needed_glibc(libraries),
        elf.cxx11abi(libraries),
    )


def problems(wheel: WheelFile, wanted: WheelKey) -> list[str]:
    """Why a wheel does not work where ``wanted`` is asked for, one clause each; [] if nothing shows."""
    found = []
    version = wheel.version.partition("+")[0]
    if wheel.package != wanted.package or (wanted.version and version != wanted.version):
        found.append(f"it is {wheel.package} {version}, wanted is {wanted.package} {wanted.version}")
    if wanted.python_tag not in wheel.pythons and not {"py3", "py2.py3"} & set(wheel.pythons):
        found.append(f"it is for {', '.join(wheel.pythons)}, wanted is {wanted.python_tag}")
    machine = wanted.platform.partition("_")[2]
    if not any(platform == "any" or platform.endswith(machine) for platform in wheel.platforms):
        found.append(f"it is for {', '.join(wheel.platforms)}, wanted is {wanted.platform}")
    if wheel.glibc and not libc_fits(wheel.glibc, wanted.libc):
        found.append(f"its libraries need {wheel.glibc}, and {wanted.libc} is here")
    if wheel.cxx11abi is not None and wheel.cxx11abi != wanted.cxx11abi:
        old, new = ("the old", "the new") if wanted.cxx11abi else ("the new", "the old")
        found.append(f"it was compiled with {old} C++11 ABI, and torch has {new} one")
    return found


def own_key(wheel: WheelFile, wanted: WheelKey) -> WheelKey:
    """The key to keep a fetched wheel under: what it was fetched for, with the C library that it needs."""
    return replace(wanted, libc=wheel.glibc or wanted.libc, version=wanted.version or wheel.version.partition("+")[0])


def _corrupt(path: str, why: str) -> ModelEnvError:
    return ModelEnvError(
        "this is no whole wheel",
        where=path,
        why=why,
        todo="have the file made or uploaded again",
        kind="corrupt",
    )
