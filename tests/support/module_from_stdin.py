# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the program on standard input, as Python without arguments does: module_from_stdin.py FOLDER.

Ansible sends a module as a program with a zip in it, from which Python compiles some 150 files anew at each start:
a third of the time that a module takes. Here what was compiled is kept in FOLDER, by the hash of its source.
"""

import hashlib
import marshal
import os
import sys
import zipimport


def keep(folder: str) -> None:
    """Have zipimport look in the folder before it compiles."""
    compile_source = zipimport._compile_source  # type: ignore[attr-defined]

    def kept(pathname: str, source: bytes) -> object:
        name = f"{pathname.partition('.zip')[2]}\0".encode() + source
        path = os.path.join(folder, hashlib.sha256(name).hexdigest())
        if os.path.exists(path):
            with open(path, "rb") as file:
                return marshal.load(file)
        code = compile_source(pathname, source)
        own = f"{path}.{os.getpid()}"
        with open(own, "wb") as file:
            marshal.dump(code, file)
        os.rename(own, path)
        return code

    zipimport._compile_source = kept  # type: ignore[attr-defined]


keep(sys.argv.pop(1))
exec(compile(sys.stdin.buffer.read(), "<stdin>", "exec", dont_inherit=True))
