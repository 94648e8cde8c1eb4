# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portability matrix: nodes of every kind, provisioned by both installers, cold and again.

    make prove-portability [ROWS=tmp_small,umask] [ARGS=--write]

Nodes are containers in a network without a way out; packages, git repositories and weights come from this machine. What
was measured stays in .build/portability/results, so that rows can be done in parts; ``--write`` puts the table of all
of them into docs/portability.md. Ends with status 1 if a cell is not green, or a control not red.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove import portability_stock as stock
from ansible_collections.portable.model_env.tests.prove.portability_lab import (
    FOLDER,
    NETWORK,
    SECURE,
    Lab,
    images,
    laboratory,
)
from ansible_collections.portable.model_env.tests.prove.portability_rows import ROWS, Control, Row
from ansible_collections.portable.model_env.tests.support.documents import fill, table
from ansible_collections.portable.model_env.tests.support.nodes import Fleet, FleetRun, Node
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "portability.md"
RESULTS = FOLDER / "results"
INSTALLERS = ("pip", "uv")
GREEN = "ok"
# With the modules and, where there are weights, the ones that fetch them and watch.
EXECUTIONS_AGAIN = {False: 1, True: 2}


class Trial:
    """One row: two nodes of one kind, one for each installer."""

    def __init__(self, name: str, lab: Lab) -> None:
        self.row: Row = ROWS[name]
        self.lab = lab
        self.folder = FOLDER / "rows" / name
        self.nodes = {i: Node(f"proof-{name.replace('_', '-')}-{i}", self.row.user, self.row.root) for i in INSTALLERS}
        hosts = {node.name: {"model_env_installer": installer} for installer, node in self.nodes.items()}
        variables = {
            "model_env_lock_wait": 60,
            "hf_weights_endpoint": lab.hub,
            "hf_weights_free_space_margin": "10M",
            **self.row.variables,
        }
        extra = {
            host: {**values, **{k: v for k, v in variables.items() if k.startswith("ansible_")}}
            for host, values in hosts.items()
        }
        self.fleet = Fleet(self.folder, list(self.nodes.values()), variables, extra)
        self.cells: dict[str, dict[str, str]] = {installer: {} for installer in INSTALLERS}

    def run(self) -> dict[str, Any]:
        """Start the nodes, provision them, and try the controls."""
        started = time.monotonic()
        with ExitStack() as stack:
            for node in self.nodes.values():
                stack.enter_context(node.running(self.row.image, self._arguments()))
                node.must(self.row.ground)
            if self.row.starve:
                self._starved()
            run = self._provision("cold", self.row.packages)
            self._note("cold", run, self._built)
            self._note("again", self._provision("again", self.row.packages), self._unchanged)
            controls = [self._control(control, self.nodes["pip"]) for control in self.row.controls]
        return {"cells": self.cells, "controls": controls, "seconds": round(time.monotonic() - started)}

    def _arguments(self) -> list[str]:
        volumes = {
            FOLDER / f"{self.row.conf}.conf": "/etc/pip.conf",
            FOLDER / "sources": "/srv/sources",
            FOLDER / "shelf": "/srv/shelf",
            FOLDER / "stray": "/srv/stray",
            FOLDER / "tls" / "ca.pem": "/etc/ssl/proof/ca.pem",
        }
        arguments = ["--network", NETWORK, "--add-host", f"{SECURE}:{self.lab.address}"]
        for outside, inside in volumes.items():
            arguments += ["--volume", f"{outside}:{inside}:ro"]
        return arguments + [argument.format(folder=FOLDER) for argument in self.row.docker]

    def _spec(self, packages: Any) -> dict[str, Any]:
        spec = stock.spec(self.row.python, self.lab.git, self.lab.commits, *packages)
        if self.row.weights:
            spec["weights"] = [{"repo_id": "acme/model", "revision": self.lab.model, "local_dir": "model"}]
        return spec

    def _provision(self, log: str, packages: Any) -> FleetRun:
        return self.fleet.provision(log, model_env_specs={"demo": self._spec(packages)})

    def _note(self, column: str, run: FleetRun, judge: Any) -> None:
        for installer, node in self.nodes.items():
            found = judge(node, run)
            self.cells[installer][column] = "; ".join(found) if found else GREEN

    def _starved(self) -> None:
        """A release that fits, then one that does not: the first stays active, and nothing else stays."""
        first = self._provision("first", ())
        for node in self.nodes.values():
            node.must(self.row.starve, "root")
        starved = self._provision("starved", self.row.packages)
        for installer, node in self.nodes.items():
            found = self._built(node, first)
            if starved.count(node.name, "failed") != 1 or self.row.error not in starved.output:
                found.append(f"without space it did not say {self.row.error!r}")
            found += self._works(node) + [f"left over: {line}" for line in node.litter()]
            self.cells[installer]["starved"] = "; ".join(found) if found else GREEN
            node.must(self.row.feed, "root")

    def _built(self, node: Node, run: FleetRun) -> list[str]:
        if run.count(node.name, "failed") or run.count(node.name, "unreachable") or not run.count(node.name, "changed"):
            return ["the run failed"]
        return self._works(node) + [f"left over: {line}" for line in node.litter()]

    def _unchanged(self, node: Node, run: FleetRun) -> list[str]:
        found = self._built(node, run) if run.count(node.name, "failed") else self._works(node)
        if run.count(node.name, "changed"):
            found.append("it changed something")
        executions = run.executions(node.name)
        if executions > EXECUTIONS_AGAIN[self.row.weights]:
            found.append(f"{executions} executions")
        return found

    def _works(self, node: Node) -> list[str]:
        imports = ", ".join(self._spec(()).get("imports", ()))
        python = shlex.quote(f"{node.root}/envs/demo/bin/python")
        script = f"cd / && {python} -I -c 'import {imports}'"
        found = []
        for user in filter(None, (node.user, self.row.reader)):
            status, output = node.shell(script, user)
            if status:
                found.append(f"it does not work for {user}: {output.splitlines()[-1:]}")
        return found

    def _control(self, control: Control, node: Node) -> dict[str, str]:
        """Without the rule, then with it, each on a fresh environment."""
        status, output = node.shell(self._prelude(node) + self._filled(control.without))
        found = re.search(control.says, output)
        green = GREEN
        if control.having:
            again, said = node.shell(self._prelude(node) + self._filled(control.having))
            green = GREEN if again == 0 else f"fails: {said[-300:]}"
        return {
            "rule": control.rule,
            "without": "fails" if status and found else f"status {status}",
            "says": found[0] if found else output[-300:],
            "with": green,
        }

    def _filled(self, script: str) -> str:
        return script.replace("{secure}", self.lab.secure)

    def _prelude(self, node: Node) -> str:
        """Names for the controls, and a fresh environment with setuptools, made in a clean process environment."""
        beside = os.path.dirname(node.root)
        return f"""
export T="$(dirname {shlex.quote(node.root)}/tools/*/bin/uv)" C={beside}/control
rm -rf $C $C.tmp $C.src; mkdir $C.tmp; cp -r /srv/sources $C.src
env -i PATH="$PATH" TMPDIR=$C.tmp T="$T" C=$C sh -c '/usr/bin/python3 -I -m venv --without-pip $C &&
  "$T/python" -I -m pip --python $C/bin/python install -q --no-cache-dir setuptools==80.9.0' || exit 99
export UV_DEFAULT_INDEX={self.lab.index} PIP_DISABLE_PIP_VERSION_CHECK=1
PIP() {{ "$T/python" -m pip --python $C/bin/python "$@"; }}
UV() {{ verb=$1; shift; "$T/uv" pip "$verb" --python $C/bin/python "$@"; }}
"""


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="put the tables into docs/portability.md")
    given = parser.parse_args()
    names = [name for name in os.environ.get("ROWS", "").split(",") if name] or list(ROWS)
    RESULTS.mkdir(parents=True, exist_ok=True)
    _prepare()
    images({ROWS[name].image for name in names})

    def measure(name: str, lab: Lab) -> None:
        result = Trial(name, lab).run()
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1))
        print(_summary(name, result), flush=True)

    with_devpi = any(ROWS[name].conf == "devpi" for name in names)
    with laboratory(with_devpi) as lab, ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        for done in [pool.submit(measure, name, lab) for name in names]:
            done.result()
    results = {name: json.loads(path.read_text()) for name in ROWS if (path := RESULTS / f"{name}.json").exists()}
    matrix, controls = tables(results)
    print(f"\n{matrix}\n\n{controls}")
    if given.write:
        fill(DOCUMENT, {"matrix": matrix, "controls": controls})
    return 0 if all(right(results[name]) for name in names) else 1


def right(result: dict[str, Any]) -> bool:
    """Whether every cell is green and every control red without its rule and green with it."""
    cells = [cell for columns in result["cells"].values() for cell in columns.values()]
    controls = [(c["without"], c["with"]) for c in result["controls"]]
    return all(cell == GREEN for cell in cells) and all(pair == ("fails", GREEN) for pair in controls)


def tables(results: dict[str, Any]) -> tuple[str, str]:
    """The matrix and the controls as Markdown."""
    rows, controls = [], []
    for name, result in results.items():
        cells = [result["cells"][i][column] for i in INSTALLERS for column in ("cold", "again")]
        extra = {columns["starved"] for columns in result["cells"].values() if "starved" in columns}
        note = f"; without space: {', '.join(extra)}" if extra else ""
        rows.append([f"`{name}`", ROWS[name].title + note, *cells])
        controls += [[f"`{name}`", c["rule"], f"{c['without']}: `{c['says']}`", c["with"]] for c in result["controls"]]
    head = ["row", "node", "pip, cold", "pip, again", "uv, cold", "uv, again"]
    return table(head, rows), table(["row", "rule", "without it", "with it"], controls)


def _summary(name: str, result: dict[str, Any]) -> str:
    return f"{'ok ' if right(result) else 'BAD'} {name} ({result['seconds']} s)" + (
        "" if right(result) else " " + json.dumps(result)
    )


def _prepare() -> None:
    """Files that rows mount."""
    (FOLDER / "home" / ".cache" / "pip").mkdir(parents=True, exist_ok=True)
    script = FOLDER / "python-077"
    script.write_text('#!/bin/sh\numask 077\nexec /usr/bin/python3 "$@"\n')
    script.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main())
