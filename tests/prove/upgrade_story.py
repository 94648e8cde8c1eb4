# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades of a fleet of containers over ssh, while every node's environment is used: upgrade_story.py INVENTORY.

Prints a table (host, before, after, why) for each chapter, and ends with status 1 at the first thing that is not as it
must be. The nodes are those of molecule/upgrade, twelve or fewer. UPGRADE_DOCUMENT names a file for the chapters.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.portable.model_env.tests.prove.upgrade_nodes import (
    LINK,
    OLD,
    Fleet,
    Hooks,
    NotSo,
    goes_on,
    impatient,
    local_task,
    must,
    on_host,
)
from ansible_collections.portable.model_env.tests.support.documents import fill
from ansible_collections.portable.model_env.tests.support.nodes import docker
from ansible_collections.portable.model_env.tests.support.sites import descendants, kill
from ansible_collections.portable.model_env.tests.support.waiting import until

FAILS = "echo no memory >&2; exit 3"


class Story:
    """What happens, in order."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.told: list[str] = []
        self.first = ""  # folder of the release that all begin with
        # n01 is the canary, and of the others nearly half are a batch: of twelve n02 to n06, n07 to n11 and n12.
        hosts = list(fleet)
        self.nodes = len(hosts)
        size = (self.nodes - 1) // 2
        self.batches: dict[str, Any] = {"upgrade_batches": [size]}
        self.one, self.two = hosts[1 : 1 + size], hosts[1 + size : 1 + 2 * size]

    def tell(self, title: str, what: str, said: str) -> None:
        """Print a chapter: what was done, and the last table of its run without the bare lines of Ansible."""
        lines = said.splitlines()
        head = [number for number, line in enumerate(lines) if line.startswith("host ")][-1]
        bare = ("TASK [", "PLAY ", "ok: [", "changed: [")
        end = next((n for n in range(head, len(lines)) if lines[n].startswith(bare)), len(lines))
        table = "\n".join(line.rstrip() for line in lines[head:end]).strip()
        self.told.append(f"## {title}\n\n{what}\n\n```\n{table}\n```\n")
        print(f"\n{self.told[-1]}", flush=True)

    def begin(self) -> None:
        """All run 1.0, are used from now on, and the programme is shown."""
        fleet = self.fleet
        self.tell("Audit before", "All nodes have part 1.0.", fleet.run("audit"))
        for host in fleet:
            fleet.use(host)
        first = fleet.on("n03", "readlink", "-f", LINK)
        self.first = Path(first).name
        fleet.on("n03", f"{first}/bin/python", "-c", OLD, detach=True)
        fleet.on("n04", f"{LINK}/bin/python", "-c", OLD, detach=True)
        said = fleet.run("upgrade", pin="1.1", check=True, **self.batches)
        self.tell("The programme", "`--check`: who, what, in which batch, how many bytes.", said)
        must(fleet.count("1.0") == self.nodes, "nothing is changed by it")

    def canary_that_fails(self) -> None:
        """At once, and when it is looked at again; it is switched back, and nobody else is touched."""
        fleet, hooks = self.fleet, Hooks(self.fleet.folder)
        smoke = on_host(n01=FAILS)
        done, said = fleet.upgrade("1.1", False, upgrade_smoke_command=smoke, **hooks.settings, **self.batches)
        self.tell("A canary that fails", "The operator's command ends with status 3 on n01.", said)
        must(done["n01"] == "switched back" and fleet.count("1.0") == self.nodes, "only the canary was tried", said)
        must("the release failed on 1 canary host: n01" in said, "it says why it stopped", said)
        hooks.must_be_undone("n01")
        smoke = on_host(n01=f"test ! -e /root/seen || {{ {FAILS}; }}; touch /root/seen")
        done, said = fleet.upgrade("1.1", False, upgrade_smoke_command=smoke, upgrade_wait=2, **hooks.settings)
        self.tell("A canary that fails the second time", "The command fails only after `upgrade_wait`.", said)
        must(done["n01"] == "switched back" and fleet.count("1.0") == self.nodes, "only the canary was tried", said)
        hooks.must_be_undone("n01")

    def changed_pin(self) -> None:
        """Goes through, is rolled back without the index, and the audit sees it."""
        fleet = self.fleet
        done, said = fleet.upgrade("1.1", **self.batches)
        self.tell("One pin changes", "1.0 to 1.1, everywhere.", said)
        must(set(done.values()) == {"switched"} and fleet.count("1.1") == self.nodes, "all are upgraded", said)
        docker("pause", "upgrade-index")
        said = fleet.run("rollback", rollback_names="demo")
        docker("unpause", "upgrade-index")
        self.tell("Rollback", "With the index stopped.", said)
        must(fleet.count("1.0") == self.nodes, "all are back", said)
        said = fleet.run("audit", False, pin="1.1")
        self.tell("Audit after the rollback", "The specs still ask for 1.1.", said)
        must(f"{self.nodes} hosts: {self.nodes} behind" in said, "all are behind", said)

    def host_in_a_batch_fails(self) -> None:
        """With a budget of 1 the run stops there, with 3 it goes on, and begins with those that were left."""
        fleet, hooks = self.fleet, Hooks(self.fleet.folder)
        size = len(self.one)
        first = self.one[-2]
        second = [first, *self.two][size - 2]
        for budget, host, switched in ((1, first, size), (3, second, self.nodes - 1)):
            settings: dict[str, Any] = {
                "upgrade_budget": budget,
                "upgrade_smoke_command": on_host(**{host: FAILS}),
                **self.batches,
            }
            done, said = fleet.upgrade("1.1", False, **settings, **hooks.settings)
            what = f"{host} fails, which is the last but one of a batch of {size}."
            self.tell(f"A host within a batch fails, with a budget of {budget}", what, said)
            versions = fleet.versions()
            must(done[host] == "switched back" and versions[host] == "1.0", "the host went back", said)
            must(("Stopped: the budget" in said) == (budget == 1), "the budget stops the run, or does not", said)
            must(list(versions.values()).count("1.1") == switched, "what was switched", said)
            hooks.must_be_undone(host)

    def hosts_that_die(self) -> None:
        """While the operator's command runs on them, in one batch: the one is killed, the other falls silent."""
        fleet, hooks = self.fleet, Hooks(self.fleet.folder)
        dead, silent = self.two[1], self.two[len(self.two) // 2 + 1]
        settings: dict[str, Any] = {**self.batches, "upgrade_budget": 3, **hooks.settings}
        waits = "touch /root/reached; while test -e /root/reached; do sleep 0.2; done"
        smoke = on_host(**{dead: waits, silent: waits})
        process = fleet.start("upgrade", impatient(fleet.folder), pin="1.2", upgrade_smoke_command=smoke, **settings)
        for host, end in ((dead, "kill"), (silent, "pause")):
            while "reached" not in fleet.on(host, "ls", "/root"):
                goes_on(process, f"it gets to {host}")
                time.sleep(0.3)
            docker(end, fleet.containers[host])
        said, _none = process.communicate()
        self.tell("Two hosts are lost in the middle", f"{dead} is killed in its switch, {silent} falls silent.", said)
        must(process.returncode != 0, "the run fails", said)
        done = fleet.outcomes()
        must(done[dead] == done[silent] == "lost", "those that are lost are told from the others", said)
        must(sum(state == "switched" for state in done.values()) == self.nodes - 2, "the others go on", said)
        hooks.must_be_undone(dead, silent)
        fleet.revive(dead)
        fleet.use(dead)
        docker("unpause", fleet.containers[silent])
        fleet.on(silent, "rm", "/root/reached")
        # The lock of the run that died with its node counts until it is 30 seconds old.
        done, said = fleet.upgrade("1.2", model_env_lock_wait=60, **settings)
        what = f"{silent} ended what it was about by itself, {dead} is on trial."
        self.tell("The same command, when both are back", what, said)
        must(done[dead] == "switched" and fleet.count("1.2") == self.nodes, "all are confirmed", said)
        hooks.must_be_undone(dead)

    def killed_controller(self) -> None:
        """Killed when the first batch is through and the second one is being drained."""
        fleet, mark = self.fleet, self.fleet.folder / "draining"
        mark.unlink(missing_ok=True)
        drained = f"inventory_hostname == '{self.two[0]}'"
        hook = local_task(fleet.folder / "drain.yml", f"touch {mark}; sleep 120", when=drained)
        process = fleet.start("upgrade", pin="1.1", upgrade_before_tasks=hook, **self.batches)
        while not mark.exists():
            goes_on(process, "it gets to the second batch")
            time.sleep(0.2)
        kill(descendants(process.pid))
        process.communicate()
        must(fleet.count("1.1") == 1 + len(self.one), "the canary and the first batch were switched")
        done, said = fleet.upgrade("1.1", **self.batches)
        what = "From 1.2 to the pin 1.1; killed while the second batch was drained. The same command again:"
        self.tell("The controller is killed between batches", what, said)
        rest = self.nodes - 1 - len(self.one)
        switched = sum(state == "switched" for state in done.values())
        must(switched == rest and fleet.count("1.1") == self.nodes, "the rest", said)

    def end(self) -> None:
        """Nobody noticed anything."""
        fleet = self.fleet
        self.tell("Audit after", "With the pin 1.1.", fleet.run("audit", pin="1.1"))
        kept = [host for host in fleet if self.first in fleet.releases(host)]
        must(kept == ["n03", "n04"], f"the first release is kept where it is in use, and nowhere else: {kept}")
        uses = {}
        for host in fleet:
            fleet.on(host, "touch", "/root/enough")
            uses[host] = [int(number) for number in fleet.on(host, "cat", "/root/uses").split()]
        runs, looks, failures = (sum(column) for column in zip(*uses.values()))
        must(failures == 0, f"no use of an environment failed: {uses}")
        for host, found in (("n03", "1.0"), ("n04", "1.1")):
            read = functools.partial(fleet.on, host, "sh", "-c", "cat /root/old || true")
            old = until(read, f"the process of the first release on {host} writes what it found")
            must(old == found, f"the process of the first release on {host} lives through all of it: {old}")
        self.told.append(
            f"## While all this happened\n\n`envs/demo/bin/python` was run {runs:,} times and looked for {looks:,} "
            f"times on {self.nodes} nodes: 0 failures (fewest runs on one node: {min(uses.values())[0]:,}).\n\n"
            "Two processes ran from the first release to the end and imported again then: on n03 one that was started\n"
            "by the release's path (it found 1.0), on n04 one that was started through the link (it found what is\n"
            "active now). On both the first release was kept; on the other nodes it was pruned.\n"
        )
        print(f"\n{self.told[-1]}", flush=True)


def main() -> None:
    """Entry point."""
    story = Story(Fleet(Path(sys.argv[1])))
    try:
        story.begin()
        story.canary_that_fails()
        story.changed_pin()
        story.host_in_a_batch_fails()
        story.hosts_that_die()
        story.killed_controller()
        story.end()
    except NotSo as error:
        sys.exit(str(error))
    if os.environ.get("UPGRADE_DOCUMENT"):
        fill(Path(os.environ["UPGRADE_DOCUMENT"]), {"story": "\n".join(story.told)})


if __name__ == "__main__":
    main()
