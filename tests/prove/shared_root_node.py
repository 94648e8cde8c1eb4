# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run on one node of shared_root.py: what the module ``release`` does, with a note of when it holds the root.

Runs in a container with the standard library alone; its orders come as JSON on standard input.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import hold
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.releases.build import BuildSettings
from ansible_collections.portable.model_env.plugins.module_utils.releases.exclusive import Exclusive
from ansible_collections.portable.model_env.plugins.module_utils.releases.release import (
    ReleaseRunner,
    ReleaseSettings,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec


def main() -> None:
    """Do it, and print what came of it as JSON."""
    orders = json.load(sys.stdin)
    hold.STALE_SECONDS, hold.HEARTBEAT_SECONDS = orders["stale"], orders["stale"] / 6
    notes = os.open(orders["notes"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def note(what: str) -> None:
        os.write(notes, f"{time.monotonic()} {orders['node']} {what}\n".encode())

    enter, leave, build = Exclusive.__enter__, Exclusive.__exit__, ReleaseRunner._build

    def entered(self: Any) -> Any:
        found = enter(self)
        note("holds")
        return found

    def left(self: Any, *error: Any) -> None:
        note("leaves")
        leave(self, *error)

    def built(self: Any, *arguments: Any) -> Any:
        note("builds")
        return build(self, *arguments)

    Exclusive.__enter__, Exclusive.__exit__ = entered, left  # type: ignore[method-assign]
    ReleaseRunner._build = built  # type: ignore[method-assign, assignment]
    settings = ReleaseSettings(
        build=BuildSettings(
            installer="uv",
            store=False,
            tools_lock=orders["tools_lock"],
            interpreters={orders["spec"]["python"]: "/usr/bin/python3"},
            retries=0,
        ),
        lock_wait=orders["wait"],
    )
    try:
        runner = ReleaseRunner(CommandRunner(), orders["root"], settings, False, StatusFile(""))
        outcome = runner.active(Spec.from_dict(orders["spec"]))
        print(json.dumps({"action": outcome.action, "release": outcome.release}))
    except ModelEnvError as error:
        print(json.dumps({"action": "failed", "kind": error.kind, "message": error.message}))


if __name__ == "__main__":
    main()
