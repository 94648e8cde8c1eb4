# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to each host of an upgrade, from the registered results. Pure.

Nothing else is remembered between two runs: what a node has and runs is the state that the next run starts from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

# What can become of a host. The first three are no failures.
CURRENT, WAITING, SWITCHED = "current", "waiting", "switched"
UNREACHABLE, BLOCKED, NOT_READY, NOT_BUILT = "unreachable", "blocked", "not ready", "not built"
NOT_DRAINED, REFUSED, BACK, LOST, NOT_RESUMED = "not drained", "refused", "switched back", "lost", "not resumed"
FAILURES = (UNREACHABLE, BLOCKED, NOT_READY, NOT_BUILT, NOT_DRAINED, REFUSED, BACK, LOST, NOT_RESUMED)


@dataclass(frozen=True)
class Records:
    """The registered results of one host; {} for what did not run.

    :ivar plan: of the module ``plan``.
    :ivar weights: of the module ``hf_snapshot``; before anything is fetched, ``more`` says that something is missing.
    :ivar preflight: of the action ``preflight``.
    :ivar failure: result of a task that failed while the host was looked at or prepared.
    :ivar prepared: of the loop over the module ``release``.
    :ivar hook: result of what failed between drain and switch, the switch itself included.
    :ivar switched: of the module ``switch``.
    :ivar confirmed: of its second call, for a canary.
    :ivar resume: result of what failed while the host was resumed.
    """

    plan: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)
    preflight: Mapping[str, Any] = field(default_factory=dict)
    failure: Mapping[str, Any] = field(default_factory=dict)
    prepared: Mapping[str, Any] = field(default_factory=dict)
    hook: Mapping[str, Any] = field(default_factory=dict)
    switched: Mapping[str, Any] = field(default_factory=dict)
    confirmed: Mapping[str, Any] = field(default_factory=dict)
    resume: Mapping[str, Any] = field(default_factory=dict)


def work(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What an upgrade does of a plan; removals are left to provisioning, and leftovers go with the first build."""
    return [entry for entry in plan.get("work", []) if entry["action"] in ("build", "activate")]


def builds(records: Records) -> bool:
    """Whether a release is to be built."""
    return any(entry["action"] == "build" for entry in work(records.plan))


def prepares(records: Records) -> bool:
    """Whether a host builds or fetches something before it is switched."""
    return builds(records) or bool(records.weights.get("more"))


def trials(plan: Mapping[str, Any]) -> dict[str, str]:
    """Releases by environment that were switched to and never confirmed."""
    return {name: kept["release"] for name, kept in sorted(plan.get("kept", {}).items()) if kept.get("trial")}


def releases(records: Records) -> dict[str, str]:
    """What is to be switched to or confirmed on a host: release by environment."""
    built = {
        str((result.get("item") or {}).get("name")): str(result["release"])
        for result in records.prepared.get("results", [])
        if result.get("release")
    }
    return {
        **trials(records.plan),
        **{entry["name"]: built.get(entry["name"], entry["release"]) for entry in work(records.plan)},
    }


def outcome(records: Records) -> tuple[str, str]:
    """What became of a host, and why ("" where there is nothing to say)."""
    return _before(records) or _switching(records) or (WAITING if releases(records) else CURRENT, "")


def _before(records: Records) -> tuple[str, str] | None:
    """What went wrong before the switch, if anything did."""
    plan, preflight = records.plan, records.preflight
    if not plan and not records.failure:
        return UNREACHABLE, "no result: the host was lost before it was looked at"
    for result in (plan, records.weights, preflight):
        if result.get("unreachable"):
            return UNREACHABLE, _why(result)
    if plan.get("blocked"):
        return BLOCKED, "; ".join(entry["msg"].splitlines()[0] for entry in plan["blocked"])
    if preflight.get("go") is False:
        fails = [one for one in preflight.get("verdicts", []) if one["verdict"] == "fail"]
        return NOT_READY, "; ".join(f"{one['check']}: {one['reason']}" for one in fails)
    built = records.prepared
    if built.get("unreachable") or any(result.get("unreachable") for result in built.get("results", [])):
        return UNREACHABLE, _why(built)
    for result in built.get("results", []):
        if result.get("failed"):
            return NOT_BUILT, _why(result)
    if records.failure:
        return (NOT_BUILT if plan.get("work") else BLOCKED), _why(records.failure)
    return None


def _switching(records: Records) -> tuple[str, str] | None:
    """What the switch led to, if it was tried."""
    found = None
    for result in (records.confirmed, records.switched):
        if result.get("unreachable"):
            found = LOST, _why(result)
        elif result.get("failed"):
            found = (BACK if result.get("back") else REFUSED), _why(result)
        elif result.get("switched") is not None:
            found = SWITCHED, ""
        if found is not None:
            break
    if found is None and records.hook:
        found = NOT_DRAINED, _why(records.hook)
    if records.resume:
        if found is None or found[0] == SWITCHED:
            return NOT_RESUMED, _why(records.resume)
        # What came first is the outcome, but nobody may overlook that the host is still drained.
        return found[0], f"{NOT_RESUMED}: {_why(records.resume)}; {found[1]}"
    return found


def _why(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or result.get("reason") or "it did not answer")
