# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A locale that is not UTF-8, made for a test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def latin_1(folder: Path) -> dict[str, str]:
    """Variables that give a process a locale in ISO-8859-1, which is made in ``folder``."""
    localedef = shutil.which("localedef")
    if localedef is None or not Path("/usr/share/i18n/charmaps/ISO-8859-1.gz").exists():
        pytest.skip("this system has no localedef, or not the sources of locales")
    made = folder / "en_US.ISO-8859-1"
    if not made.exists():
        subprocess.run([localedef, "-i", "en_US", "-f", "ISO-8859-1", str(made)], check=True, capture_output=True)
    return {"LOCPATH": str(folder), "LC_ALL": made.name, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
