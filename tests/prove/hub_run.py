# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the runner of ``hf_snapshot`` as a process of its own, as the module does: options as JSON on standard input."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / ".collections"))

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.network.trust import decide
from ansible_collections.portable.model_env.plugins.module_utils.weights import tokens
from ansible_collections.portable.model_env.plugins.module_utils.weights.hf_snapshot import (
    SnapshotRunner,
    SnapshotSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.weights.hub import Hub
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.retry import RetryPolicy
from ansible_collections.portable.model_env.plugins.module_utils.weights.work import parse_request


def main() -> None:
    """Entry point; the result, or the error, as JSON on standard output."""
    job = json.load(sys.stdin)
    policy = RetryPolicy(**job.get("policy", {}))
    settings = SnapshotSettings(policy=policy, **job.get("settings", {}))

    def hub() -> Hub:
        token, way = tokens.given(job.get("token", "")), decide(os.environ)
        return Hub(CommandRunner(), job["python"], job["endpoint"], token, policy, os.environ, way)

    runner = SnapshotRunner(hub, settings, StatusFile(job.get("status", "")), job.get("check_mode", False))
    try:
        absent = job.get("state") == "absent"
        requests = [parse_request(entry, absent=absent) for entry in job["snapshots"]]
        result = runner.absent(requests) if absent else runner.present(requests)
    except ModelEnvError as error:
        result = {"failed": True, "msg": error.message, "error": error.as_dict()}
    json.dump(result, sys.stdout)
    sys.stdout.flush()
    os._exit(1 if result.get("failed") else 0)


if __name__ == "__main__":
    main()
