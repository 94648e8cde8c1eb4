# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let ``ansible-test sanity`` run where the host of its get-pip script does not answer.

ansible-test makes virtual environments with a script that it downloads and caches. Where that host cannot be reached,
a script of the same name is put into the cache that does the same with the pip that Python carries (ensurepip).
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import ansible_test  # type: ignore[import-untyped,unused-ignore]

SCRIPT = '''\
"""Stands in for get-pip where its host does not answer; written by scripts/sanity_get_pip.py."""
import ensurepip
import os
import subprocess
import sys

environment = dict(os.environ)  # before bootstrap() turns pip's configuration off
ensurepip.bootstrap()
# --no-setuptools and --no-wheel are options of get-pip only; the others are pip's.
options = [word for word in sys.argv[1:] if not word.startswith("--no-")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *options], env=environment))
'''


def main() -> None:
    """Find the name of the script that this ansible-test wants; provide it if it can be had in no other way."""
    root = Path(next(iter(ansible_test.__path__)))
    code = (root / "_util/target/setup/requirements.py").read_text(encoding="utf-8")
    versions = (root / "_internal/python_requirements.py").read_text(encoding="utf-8")
    url = re.search(r"'(https?://[^']*get-pip-%s\.py)'", code)
    version = re.search(r"pip='([0-9.]+)'", versions)
    if not url or not version:
        return  # An ansible-test that works in another way: it will say itself what it lacks.
    cached = Path.home() / ".ansible/test/cache" / f"get_pip_{version[1].replace('.', '_')}.py"
    if cached.exists():
        return
    try:
        with urllib.request.urlopen(url[1] % version[1], timeout=20):  # noqa: S310 - the pattern takes http only
            return
    except (OSError, urllib.error.URLError) as error:
        print(f"The host of ansible-test's get-pip does not answer ({error}): taking pip from ensurepip.")
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(SCRIPT, encoding="utf-8")


if __name__ == "__main__":
    main()
