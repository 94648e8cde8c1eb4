# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the report of a verification, as the page takes it."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.plugin_utils import results
from ansible_collections.portable.model_env.plugins.plugin_utils.answers import VerifyAnswer
from ansible_collections.portable.model_env.plugins.plugin_utils.reports import verify
from ansible_collections.portable.model_env.tests.support.answers import answer


def collect(registered: Mapping[str, Any], time: str) -> dict[str, Any]:
    """Of what the module ``verify`` returned, by host."""
    found = {host: results.read(VerifyAnswer, whole(one)) for host, one in registered.items()}
    return verify.collect(found, time)


def whole(part: Any) -> Any:
    """An answer of the module ``verify`` with what a test does not care about."""
    return {**answer("verify"), **part} if isinstance(part, dict) and "environments" in part else part
