# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the report of a verification, as the page takes it."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.plugin_utils import results
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import verify


def collect(registered: Mapping[str, Any], time: str) -> dict[str, Any]:
    """Of what the module ``verify`` returned, by host."""
    return verify.collect({host: results.read(results.Verification, one) for host, one in registered.items()}, time)
