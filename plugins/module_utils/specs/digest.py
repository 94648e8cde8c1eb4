# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of a spec: two specs with one digest lead to the same environment. Pure."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import identity
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

# Raised when the meaning of the normal form changes so that what was built before it is not what it asks for now.
FORMAT = 1


def digest(spec: Spec) -> str:
    """The sha256 (64 hex digits) of what determines the built and proven environment.

    What counts is said at each key of ``specs/model.py``.
    """
    canonical = json.dumps(
        {**identity(spec), "format": FORMAT}, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
