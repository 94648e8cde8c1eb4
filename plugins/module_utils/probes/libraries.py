# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads the compiled files of a wheel beside torch; its text is fed to ``<env>/bin/python -I -``.

``RTLD_NOW`` has the loader look up every symbol at once, so one that torch does not have ends the load here and not in
the middle of a training. The answer is one JSON object behind the RS character.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys

MARK = "\x1e"


def main(files: list[str]) -> None:
    """Print the errors by file; none where all is well.

    :param files: absolute paths of shared libraries.
    """
    importlib.import_module("torch")
    errors = {}
    for path in files:
        try:
            ctypes.CDLL(path, mode=os.RTLD_NOW)
        except OSError as error:
            errors[path] = str(error)
    sys.stdout.write("\n" + MARK + json.dumps(errors) + "\n")
    sys.stdout.flush()
    # Not a normal end: what the libraries registered for one could crash.
    os._exit(0)
