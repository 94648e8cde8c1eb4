# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wheel file says of itself: its name, its metadata, and what its compiled libraries ask for."""

from __future__ import annotations

import contextlib
import lzma
import os
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.names import PathBelow, shown
from ansible_collections.portable.model_env.plugins.module_utils.requirements import wheel_names
from ansible_collections.portable.model_env.plugins.module_utils.requirements.wheel_names import WheelName, python_of
from ansible_collections.portable.model_env.plugins.module_utils.wheels import elf
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, libc_fits

_LARGEST = 64 << 30  # bytes of a wheel when it is unpacked; the largest have 5 or 6 GB

# What zipfile has raised for archives that are none; RuntimeError: one that is enciphered.
_NO_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class WheelFile:
    """One wheel.

    :ivar name: what its name says.
    :ivar glibc: what its libraries need, as ``glibc2.32``; "" if none.
    :ivar cxx11abi: what they expect of torch; None: they do not show it.
    """

    name: WheelName
    glibc: str
    cxx11abi: bool | None


def read(path: str) -> WheelFile:
    """Read a wheel; its libraries are unpacked one by one beside it and removed again.

    :raises ModelEnvError: kind ``corrupt``; it is no whole wheel, or would unpack elsewhere. kind ``io``, ``no_space``:
        it cannot be read here.
    """
    name = wheel_names.parse(os.path.basename(path))
    if name is None:
        raise _corrupt(path, "its name is not that of a wheel")
    libraries = []
    with _opened(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".so") or ".so." in os.path.basename(member.filename):
                with archive.open(member) as packed, tempfile.TemporaryFile(dir=os.path.dirname(path)) as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                    file.seek(0)
                    library = elf.read(file)
                    libraries += [library] if library else []
    return WheelFile(
        name,
        elf.needed_glibc(libraries),
        elf.cxx11abi(libraries),
    )


def look_over(path: str) -> None:
    """See that a wheel is one, and that all of it stays below the folder that it is unpacked into.

    :raises ModelEnvError: kind ``corrupt``; it is not so. kind ``io``: it cannot be read here.
    """
    with _opened(path):
        pass


@contextlib.contextmanager
def _opened(path: str) -> Iterator[zipfile.ZipFile]:
    """A wheel that was looked over, while its members are read."""
    try:
        with filesystem.explained("the wheel cannot be looked into", path), zipfile.ZipFile(path) as archive:
            unpacked = 0
            for member in archive.infolist():
                problem = _problem(member)
                if problem:
                    raise _corrupt(path, f"its member {shown(member.filename)} {problem}")
                unpacked += member.file_size
            if unpacked > _LARGEST:
                raise _corrupt(path, f"it has {unpacked} bytes when it is unpacked")
            yield archive
    except _NO_ARCHIVE as error:
        raise _corrupt(path, str(error)) from error


def _problem(member: zipfile.ZipInfo) -> str:
    """What is wrong with a member of a wheel; "" if nothing is."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    name = member.filename[:-1] if member.filename.endswith("/") else member.filename
    return "" if PathBelow.fits(name) else "does not stay below the folder that it is unpacked into"


def problems(wheel: WheelFile, wanted: WheelKey) -> list[str]:
    """Why a wheel does not work where ``wanted`` is asked for, one clause each; [] if nothing shows."""
    found = []
    name = wheel.name
    if name.name != wanted.package or not name.is_version(wanted.version):
        found.append(f"it is {name.name} {name.version.public}, wanted is {wanted.package} {wanted.version}")
    if not name.runs_on_python(python_of(wanted.python_tag)):
        found.append(f"it is for {', '.join(name.pythons)}, wanted is {wanted.python_tag}")
    if not name.runs_on_machine(wanted.platform.partition("_")[2]):
        found.append(f"it is for {', '.join(name.platforms)}, wanted is {wanted.platform}")
    if wheel.glibc and not libc_fits(wheel.glibc, wanted.libc):
        found.append(f"its libraries need {wheel.glibc}, and {wanted.libc} is here")
    if wheel.cxx11abi is not None and wheel.cxx11abi != wanted.cxx11abi:
        old, new = ("the old", "the new") if wanted.cxx11abi else ("the new", "the old")
        found.append(f"it was compiled with {old} C++11 ABI, and torch has {new} one")
    return found


def own_key(wheel: WheelFile, wanted: WheelKey) -> WheelKey:
    """The key to keep a fetched wheel under: what it was fetched for, with the C library that it needs."""
    return replace(wanted, libc=wheel.glibc or wanted.libc, version=wanted.version or wheel.name.version.public)


def _corrupt(path: str, why: str) -> ModelEnvError:
    return ModelEnvError(
        "this is no whole wheel",
        where=path,
        why=why,
        todo="have the file made or uploaded again",
        kind="corrupt",
    )
