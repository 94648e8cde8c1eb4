# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides which compiled wheels work in this interpreter; its text is fed to ``<env>/bin/python -I -``.

The answer is one JSON object behind the RS character, on the last line of standard output: what torch's import prints
stands before it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import sysconfig

MARK = "\x1e"


def main() -> None:
    """Print the facts."""
    torch = importlib.import_module("torch")
    gpus = set()
    for index in range(torch.cuda.device_count() if torch.version.cuda else 0):
        gpus.add("".join(str(part) for part in torch.cuda.get_device_capability(index)))
    free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    try:
        # "glibc 2.36"; other C libraries have no such name.
        libc = "".join((os.confstr("CS_GNU_LIBC_VERSION") or "").split())
    except (ValueError, OSError):
        libc = ""
    facts = {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "python_tag": f"cp{sys.version_info[0]}{sys.version_info[1]}{free_threaded}",
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda or "",
        "cxx11abi": bool(torch._C._GLIBCXX_USE_CXX11_ABI),
        "platform": f"{sys.platform}_{os.uname().machine}",
        "libc": libc,
        "gpus": sorted(gpus, key=int),
    }
    sys.stdout.write("\n" + MARK + json.dumps(facts) + "\n")
    sys.stdout.flush()
