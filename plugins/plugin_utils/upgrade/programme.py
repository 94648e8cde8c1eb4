# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programme of an upgrade: who is switched, in which batch, and when it stops. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade import outcomes, sizes
from ansible_collections.portable.model_env.plugins.plugin_utils.upgrade.outcomes import Records
from ansible_collections.portable.model_env.plugins.plugin_utils.words import number_of, some

CANARIES = "canary"


def draw_up(fleet: Mapping[str, Records], canaries: Any, batch_sizes: Any, budget: Any) -> dict[str, Any]:
    """Everything that the rest of a run needs to know.

    :param fleet: the records of all hosts after the plan, in the order of the inventory.
    :param canaries: how many hosts (or percent of the fleet) must have proven a release before batches begin, or the
        names of the hosts.
    :param batch_sizes: sizes of the batches.
    :param budget: how many failed hosts (or percent of the fleet) end the run.
    :returns: ``fleet`` and ``budget`` (numbers of hosts), ``stop`` ("" or why nothing starts), ``prepare`` (hosts),
        ``order`` (hosts to switch), ``serial`` (sizes of the batches of ``order``), ``batch`` (its name by host).
    :raises ModelEnvError: a setting makes no sense.
    """
    allowed = sizes.hosts(budget, len(fleet), "upgrade_budget")
    able = [host for host, records in fleet.items() if outcomes.outcome(records)[0] == outcomes.WAITING]
    first = _canaries(fleet, able, canaries)
    rest = [host for host in able if host not in first]
    later = sizes.batches(batch_sizes, len(fleet), len(rest), "upgrade_batches")
    batch = dict.fromkeys(first, CANARIES)
    remaining = iter(rest)
    for number, size in enumerate(later, 1):
        batch.update((next(remaining), str(number)) for _place in range(size))
    stop = spent(fleet, allowed)
    alive = [host for host, records in fleet.items() if outcomes.outcome(records)[0] not in outcomes.FAILURES]
    return {
        "fleet": len(fleet),
        "budget": allowed,
        "stop": stop,
        "prepare": [] if stop else [host for host in alive if outcomes.prepares(fleet[host])],
        "order": [] if stop else [*first, *rest],
        "serial": [len(first)] * bool(first) + later,
        "batch": batch,
    }


def spent(fleet: Mapping[str, Records], budget: int) -> str:
    """Why no further host may be touched; "": go on."""
    failed = [host for host, records in fleet.items() if outcomes.outcome(records)[0] in outcomes.FAILURES]
    if len(failed) < budget:
        return ""
    return f"the budget of {number_of(budget, 'failed host')} is spent by {some(failed)}"


def gate(fleet: Mapping[str, Records], programme: Mapping[str, Any], hosts: Sequence[str]) -> dict[str, Any]:
    """Whether a batch may start.

    A canary that fails ends the run whatever the budget is: it is there to be believed.

    :param fleet: the records of all hosts as they are now.
    :param programme: what :func:`draw_up` returned.
    :param hosts: the batch.
    :returns: ``stop`` ("" or why), ``canaries`` (whether this is their batch), ``go`` (hosts that take part) and
        ``releases`` (for each of them: release by environment).
    """
    batch = programme["batch"]
    found = {host: outcomes.outcome(records)[0] for host, records in fleet.items()}
    dead = [host for host, name in batch.items() if name == CANARIES and found[host] in outcomes.FAILURES]
    stop = f"the release failed on {number_of(len(dead), 'canary host')}: {some(dead)}" if dead else ""
    stop = stop or spent(fleet, programme["budget"])
    go = [] if stop else [host for host in hosts if found[host] == outcomes.WAITING]
    return {
        "stop": stop,
        "canaries": any(batch.get(host) == CANARIES for host in hosts),
        "go": go,
        "releases": {host: outcomes.releases(fleet[host]) for host in go},
    }


def _canaries(fleet: Mapping[str, Records], able: Sequence[str], wanted: Any) -> list[str]:
    """The hosts to begin with: those with an unfinished trial, and as many as each new release needs.

    A release that enough hosts run already was proven by an earlier run, which is how a run that was stopped goes on
    without canaries.
    """
    unfinished = [host for host in able if outcomes.trials(fleet[host].plan)]
    if isinstance(wanted, (list, tuple)):
        unknown = [host for host in wanted if host not in fleet]
        if unknown:
            raise ModelEnvError(
                f"upgrade_canaries names {some(unknown)}, which is no host of this run",
                todo="name hosts of the play, or give a number or a percentage",
                kind="invalid",
            )
        return [host for host in able if host in unfinished or host in wanted]
    needed = sizes.hosts(wanted, len(fleet), "upgrade_canaries", least=0)
    proven = Counter(
        _base(kept.release)
        for records in fleet.values()
        if records.plan.answer is not None
        for kept in records.plan.answer.kept.values()
        if not kept.trial
    )
    chosen = []
    for host in sorted(able, key=lambda host: host not in unfinished):
        targets = {_base(release) for release in outcomes.releases(fleet[host]).values()}
        if host in unfinished or any(proven[target] < needed for target in targets):
            chosen.append(host)
            proven.update(targets)
    return chosen


def _base(folder: str) -> str:
    """A release's name without the number of a rebuild, which differs from host to host."""
    return re.sub(r"(-[0-9a-f]{12})-r\d+$", r"\1", folder)
