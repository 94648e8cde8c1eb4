# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a compiled library asks of where it runs, read from its ELF file.

Only what the section headers name is read, so a library of a gigabyte costs a few reads. Source of the layout: System V
ABI, chapter 4 (ELF header, section header, symbol table), and the Linux Standard Base Core, "Symbol Versioning"
(``.gnu.version_r``).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

_DYNSYM = 11  # SHT_DYNSYM
_VERNEED = 0x6FFFFFFE  # SHT_GNU_verneed
# More than any library has; a file that says more is none, and takes neither memory nor time.
_LARGEST_TABLE, _LONGEST_NAME, _MOST_VERSIONS = 64 << 20, 64 << 10, 10_000
_SYMBOL = struct.Struct("<IBBHQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
# std::string as an argument: a class of the inline namespace __cxx11 with the new ABI, an abbreviation of its own
# (``Ss``, Itanium C++ ABI 5.1.10) with the old one. Looked for in what torch's libraries have to provide.
_TORCH = re.compile(r"_ZNK?(?:3c10|2at|5torch|5caffe2)")
_NEW_STRING = "__cxx11"
_OLD_STRING = re.compile(r"(?:RK|PK|[EO])Ss")


@dataclass(frozen=True)
class Library:
    """One shared library.

    :ivar versions: symbol versions that it needs, e.g. ``GLIBC_2.32``.
    :ivar undefined: symbols that others must provide.
    """

    versions: tuple[str, ...]
    undefined: tuple[str, ...]


def read(handle: BinaryIO) -> Library | None:
    """Read a library for a 64-bit little-endian machine; None: the file is no such thing.

    :param handle: an open file that can seek.
    """
    head = handle.read(64)
    if len(head) < 64 or head[:6] != b"\x7fELF\x02\x01":
        return None
    (start,) = struct.unpack_from("<Q", head, 40)
    size, count = struct.unpack_from("<HH", head, 58)
    try:
        handle.seek(start)
        table = handle.read(size * count)
        sections = [_SECTION.unpack_from(table, size * index) for index in range(count)]
        versions: list[str] = []
        undefined: list[str] = []
        for section in sections:
            if section[1] not in (_DYNSYM, _VERNEED):
                continue
            data, names = _content(handle, section), _content(handle, sections[section[6]])
            if section[1] == _DYNSYM:
                undefined = [_name(names, entry[0]) for entry in _SYMBOL.iter_unpack(data) if entry[3] == 0]
            else:
                versions = _versions(data, names)
    except (struct.error, IndexError, ValueError, OverflowError, OSError):
        return None  # its tables lead nowhere
    return Library(tuple(sorted(set(versions))), tuple(name for name in undefined if name))


def needed_glibc(libraries: Iterable[Library]) -> str:
    """The oldest glibc that all of them run with, as ``glibc2.32``; "" if they need none."""
    found = [
        (int(match[1]), int(match[2]))
        for library in libraries
        for match in (re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version) for version in library.versions)
        if match
    ]
    return "glibc{}.{}".format(*max(found)) if found else ""


def cxx11abi(libraries: Iterable[Library]) -> bool | None:
    """Which C++11 ABI they expect of torch; None: nothing that they ask of torch tells."""
    names = [name for library in libraries for name in library.undefined if _TORCH.match(name)]
    if any(_NEW_STRING in name for name in names):
        return True
    return False if any(_OLD_STRING.search(name) for name in names) else None


def _content(handle: BinaryIO, section: tuple[int, ...]) -> bytes:
    if section[5] > _LARGEST_TABLE:
        raise ValueError("a table that nothing has")
    handle.seek(section[4])
    return handle.read(section[5])


def _name(names: bytes, offset: int) -> str:
    return names[offset : names.index(b"\0", offset, offset + _LONGEST_NAME)].decode("ascii", "replace")


def _versions(data: bytes, names: bytes) -> list[str]:
    """The chain of needed files, each with its chain of needed versions."""
    found: list[str] = []
    file = 0
    while True:
        _version, count, _file, first, following = struct.unpack_from("<HHIII", data, file)
        entry = file + first
        for _index in range(count):
            _hash, _flags, _other, name, after = struct.unpack_from("<IHHII", data, entry)
            found.append(_name(names, name))
            if len(found) > _MOST_VERSIONS:
                raise ValueError("more versions than anything needs")
            entry += after
        if not following:
            return found
        file += following
