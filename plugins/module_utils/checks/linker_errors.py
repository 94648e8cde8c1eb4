# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an import error of a compiled library means: an undefined symbol, a C library that is too old. Pure."""

from __future__ import annotations

import re

_UNDEFINED = re.compile(r"([\w.+-]+\.so[\w.]*): undefined symbol: (\w+)")
_VERSION = re.compile(r"version [`']((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found(?: \(required by ([^)]*)\))?")
_MISSING = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")
_TORCH = re.compile(r"_ZNK?(?:3c10|2at|5torch|5caffe2)|^(?:torch|THP)")


def cause(error: str) -> str:
    """The cause of an error of the dynamic linker, in a clause; "" if it is none that is known."""
    undefined = _UNDEFINED.search(error)
    if undefined:
        symbol = undefined[2]
        if not _TORCH.search(symbol):
            return f"no library of this environment has the symbol {symbol}"
        if "__cxx11" in symbol or re.search(r"(?:RK|PK|[EO])Ss", symbol):
            # Both kinds of mistake look alike: a missing function that takes a string may be an old one.
            return f"torch has no {symbol}: the wheel was compiled for another torch, or with the other C++11 ABI"
        return f"torch has no {symbol}: the wheel was compiled for another torch"
    version = _VERSION.search(error)
    if version:
        library = "C library" if version[1].startswith("GLIBC_") else "C++ library"
        return f"the node's {library} is too old: the wheel was compiled where there is {version[1]}"
    missing = _MISSING.search(error)
    if missing:
        cuda = ": it is a part of torch's CUDA, and was removed, or the wheel is for another CUDA"
        return f"{missing[1]} is missing{cuda if 'cu' in missing[1] else ''}"
    return ""
