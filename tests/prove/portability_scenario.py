# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill the folder that the nodes of molecule/portability have mounted.

Usage: portability_scenario.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove import portability_stock as stock

if __name__ == "__main__":
    stock.archives(Path(sys.argv[1]))
    stock.stray(Path(sys.argv[1]) / "stray")
