# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the specs on the controller, has the node look at itself, and compares the clocks."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts
from ansible_collections.portable.model_env.plugins.module_utils.preflight.readiness import ahead_of, clock
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import SpecAction


class ActionModule(SpecAction):
    """Adds what only the controller can measure, and fails where a verdict is a fail."""

    MODULE = "portable.model_env.preflight"

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return super().prepared({**arguments, "specs": arguments.get("specs") or {}})

    def executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        before = time.time()
        answer = super().executed(arguments)
        if "verdicts" not in answer:
            return answer
        found = [*answer["verdicts"], clock("controller", ahead_of(answer["time"], before, time.time()))]
        go = verdicts.overall(found) == verdicts.PASS
        answer.update(verdicts=found, summary=verdicts.summary(found), go=go)
        if not go:
            answer.update(failed=True, msg="not ready: " + "; ".join(verdicts.explain(found)))
        return answer
