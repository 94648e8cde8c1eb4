# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts of an upgrade have registered, for tests of what is made of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records
from ansible_collections.portable.model_env.tests.support.answers import answer

OLD, NEW, OTHER = "demo-" + "0" * 12, "demo-" + "1" * 12, "demo-" + "2" * 12
LOST = {"unreachable": True, "msg": "no route"}
DONE = answer("switch")
BACK = {"failed": True, "back": ["demo"], "msg": "it failed"}
# Where the role keeps what.
VARIABLES = {
    "plan": "model_env_plan",
    "weights": "hf_weights_result",
    "preflight": "preflight_result",
    "failure": "upgrade_failure",
    "prepared": "model_env_done",
    "hook": "upgrade_hook_failure",
    "switched": "upgrade_switched",
    "confirmed": "upgrade_confirmed",
    "resume": "upgrade_resume_failure",
}


def of(**parts: Any) -> dict[str, Any]:
    """An answer of the module ``plan`` with these parts and nothing else."""
    return answer("plan", **{"work": [], "kept": {}, "blocked": [], "wheels": [], **parts})


def plan(release: str = NEW, action: str = "build") -> dict[str, Any]:
    """Of a host that needs a release."""
    entry = {"name": "demo", "action": action, "release": release, "active": OLD, "reasons": ["packages: a -> b"]}
    return of(work=[entry])


def keeps(release: str = NEW, trial: bool = False) -> dict[str, Any]:
    """Of a host that has it."""
    return of(kept={"demo": {"release": release, "trial": trial, "distributions": 1, "verdicts": []}})


def registered(planned: dict[str, Any] | None = None, **others: dict[str, Any]) -> dict[str, Any]:
    """The variables of a host; ``others`` by the fields of Records."""
    return {VARIABLES[field]: value for field, value in {"plan": planned or {}, **others}.items()}


def records(planned: dict[str, Any] | None = None, **others: dict[str, Any]) -> Records:
    """The same, read."""
    return outcomes.read(registered(planned, **others).get)


def fleet(number: int, **others: Records) -> dict[str, Records]:
    """Hosts n1 to nN that need the new release, less those that are given."""
    return {f"n{place}": others.get(f"n{place}", records(plan())) for place in range(1, number + 1)}
