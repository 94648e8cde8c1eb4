# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to each host of an upgrade, from the registered results. Pure.

Nothing else is remembered between two runs: what a node has and runs is the state that the next run starts from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from ansible_collections.portable.model_env.plugins.plugin_utils import answers, results
from ansible_collections.portable.model_env.plugins.plugin_utils.results import (
    NO_LOOP,
    NOTHING,
    Loop,
    Registered,
    Result,
)

# What can become of a host. The first three are no failures.
CURRENT, WAITING, SWITCHED = "current", "waiting", "switched"
UNREACHABLE, BLOCKED, NOT_READY, NOT_BUILT = "unreachable", "blocked", "not ready", "not built"
NOT_DRAINED, REFUSED, BACK, LOST, NOT_RESUMED = "not drained", "refused", "switched back", "lost", "not resumed"
FAILURES = (UNREACHABLE, BLOCKED, NOT_READY, NOT_BUILT, NOT_DRAINED, REFUSED, BACK, LOST, NOT_RESUMED)


@dataclass(frozen=True)
class Records:
    """What one host registered, and set as facts.

    :ivar plan: of the module ``plan``.
    :ivar refused: why the host must not go on because of another one with its root; "": it may.
    :ivar weights: of the module ``hf_snapshot``; before anything is fetched, ``more`` says that something is missing.
    :ivar preflight: of the action ``preflight``.
    :ivar failure: why a task failed while the host was looked at or prepared; "": none did.
    :ivar prepared: of the loop over the module ``release``.
    :ivar hook: why something failed between drain and switch, the switch itself included.
    :ivar switched: of the module ``switch``.
    :ivar confirmed: of its second call, for a canary.
    :ivar resume: why the host could not be resumed.
    """

    plan: Result[answers.PlanAnswer] = NOTHING
    refused: str = ""
    weights: Result[answers.SnapshotsAnswer] = NOTHING
    preflight: Result[answers.PreflightAnswer] = NOTHING
    failure: str = ""
    prepared: Loop[answers.ReleaseAnswer] = NO_LOOP
    hook: str = ""
    switched: Result[answers.SwitchAnswer] = NOTHING
    confirmed: Result[answers.SwitchAnswer] = NOTHING
    resume: str = ""

    @property
    def more(self) -> bool:
        """Whether weights are missing."""
        return self.weights.answer is not None and self.weights.answer.more


def read(registered: Registered) -> Records:
    """The records of one host, out of the variables of the role ``upgrade`` and of those that it uses."""
    return Records(
        plan=results.read(answers.PlanAnswer, registered("model_env_plan")),
        refused=results.refusal(registered),
        weights=results.read(answers.SnapshotsAnswer, registered("hf_weights_result")),
        preflight=results.read(answers.PreflightAnswer, registered("preflight_result")),
        failure=results.message(registered("upgrade_failure")),
        prepared=results.read_loop(answers.ReleaseAnswer, registered("model_env_done")),
        hook=results.message(registered("upgrade_hook_failure")),
        switched=results.read(answers.SwitchAnswer, registered("upgrade_switched"), {"switched": ()}),
        confirmed=results.read(answers.SwitchAnswer, registered("upgrade_confirmed"), {"switched": ()}),
        resume=results.message(registered("upgrade_resume_failure")),
    )


def work(plan: Result[answers.PlanAnswer]) -> list[answers.PlannedWork]:
    """What an upgrade does of a plan; removals are left to provisioning, and leftovers go with the first build."""
    return [entry for entry in (plan.answer.work if plan.answer else ()) if entry.action in ("build", "activate")]


def builds(records: Records) -> bool:
    """Whether a release is to be built."""
    return any(entry.action == "build" for entry in work(records.plan))


def prepares(records: Records) -> bool:
    """Whether a host builds or fetches something before it is switched."""
    return builds(records) or records.more


def trials(plan: Result[answers.PlanAnswer]) -> dict[str, str]:
    """Releases by environment that were switched to and never confirmed."""
    kept = plan.answer.kept if plan.answer else {}
    return {name: one.release for name, one in sorted(kept.items()) if one.trial}


def releases(records: Records) -> dict[str, str]:
    """What is to be switched to or confirmed on a host: release by environment."""
    built = {
        name: result.answer.release
        for name, result in records.prepared.results.items()
        if result.answer is not None and result.answer.release
    }
    return {
        **trials(records.plan),
        **{entry.name: built.get(entry.name, entry.release) for entry in work(records.plan)},
    }


def outcome(records: Records) -> tuple[str, str]:
    """What became of a host, and why ("" where there is nothing to say)."""
    return _before(records) or _switching(records) or (WAITING if releases(records) else CURRENT, "")


def _before(records: Records) -> tuple[str, str] | None:
    """What went wrong before the switch, if anything did."""
    if not records.plan and not records.failure:
        return UNREACHABLE, "no result: the host was lost before it was looked at"
    looks: Sequence[Result[Any]] = (records.plan, records.weights, records.preflight)
    for result in looks:
        if result.unreachable:
            return UNREACHABLE, result.why
    for result in looks:
        if result.unreadable:
            return BLOCKED, result.why
    plan, preflight = records.plan.answer, records.preflight.answer
    blocked = records.refused or "; ".join(entry.msg.splitlines()[0] for entry in (plan.blocked if plan else ()))
    if blocked:
        return BLOCKED, blocked
    if preflight is not None and not preflight.go:
        return NOT_READY, "; ".join(f"{one.check}: {one.reason}" for one in preflight.verdicts if one.verdict == "fail")
    built = [records.prepared.whole, *records.prepared.results.values()]
    for result in built:
        if result.unreachable:
            return UNREACHABLE, result.why
    for result in records.prepared.results.values():
        if result.failed:
            return NOT_BUILT, result.why
    if records.failure or records.plan.failed:
        return (NOT_BUILT if plan is not None and plan.work else BLOCKED), records.failure or records.plan.why
    return None


def _switching(records: Records) -> tuple[str, str] | None:
    """What the switch led to, if it was tried."""
    found = None
    for result in (records.confirmed, records.switched):
        if result.unreachable or result.unreadable:
            found = LOST, result.why
        elif result.failed:
            found = (BACK if result.answer is not None and result.answer.back else REFUSED), result.why
        elif result:
            found = SWITCHED, ""
        if found is not None:
            break
    if found is None and records.hook:
        found = NOT_DRAINED, records.hook
    if records.resume:
        if found is None or found[0] == SWITCHED:
            return NOT_RESUMED, records.resume
        # What came first is the outcome, but nobody may overlook that the host is still drained.
        return found[0], f"{NOT_RESUMED}: {records.resume}; {found[1]}"
    return found
