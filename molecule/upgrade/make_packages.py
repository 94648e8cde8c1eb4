# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write one small package in versions, as the folder of an index: make_packages.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.portable.model_env.tests.support.packages import wheel

for version in ("1.0", "1.1", "1.2"):
    wheel(Path(sys.argv[1], "wheels"), "part", version, body=f"version = '{version}'")
