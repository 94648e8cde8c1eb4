# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Six nodes with one root on a network filesystem, and a holder that is suspended in every round.

In each round all nodes are asked for the next version at once. The first that builds is stopped with all its processes
(SIGSTOP) at some moment of its build, until another has taken over; it wakes up while the other builds, or after it.
Asked of every round: at no time two builders, the one that was suspended stops without touching anything, every other
node ends with the new version, and who uses the environment all the time never finds it broken. Linux, root, docker,
GlusterFS.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs
from ansible_collections.portable.model_env.tests.support.index import Fault, Index
from ansible_collections.portable.model_env.tests.support.nodes import Node
from ansible_collections.portable.model_env.tests.support.packages import wheel
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT

FOLDER = CHECKOUT / ".build" / "shared-root"
ROOT = "/srv/model_env"
TOOLS = "/srv/tools"
PORT = 24107
NODES = tuple(f"shared-root-n{number}" for number in range(1, 7))
SERVER = """
volume posix
  type storage/posix
  option directory {folder}
end-volume
volume locks
  type features/locks
  subvolumes posix
end-volume
volume brick
  type performance/io-threads
  subvolumes locks
end-volume
volume server
  type protocol/server
  option transport-type tcp
  option transport.socket.bind-address 127.0.0.1
  option transport.socket.listen-port {port}
  option auth.addr.brick.allow *
  subvolumes brick
end-volume
"""
CLIENT = """
volume client
  type protocol/client
  option transport-type tcp
  option remote-host 127.0.0.1
  option remote-port {port}
  option remote-subvolume brick
end-volume
volume behind
  type performance/write-behind
  subvolumes client
end-volume
"""
# Uses the environment all the time, as people do, and tells what it saw of it whenever that was not a version.
USER = """
while :; do
  found=$({root}/envs/demo/bin/python -I -c 'import part; part.VERSION' 2>&1) || echo "$found" >>/notes/broken
  echo x >>/notes/used
  sleep 0.5
done
"""


@contextmanager
def network_filesystem() -> Iterator[dict[str, Path]]:
    """A server, and a mount for each node; yields the mounts."""
    brick = FOLDER / "brick"
    brick.mkdir(parents=True)
    (FOLDER / "server.vol").write_text(SERVER.format(folder=brick, port=PORT))
    (FOLDER / "client.vol").write_text(CLIENT.format(port=PORT))
    mounts = {name: FOLDER / "mounts" / name for name in NODES}
    server = subprocess.Popen(
        ["glusterfsd", "-N", f"--volfile={FOLDER}/server.vol", f"--log-file={FOLDER}/server.log", "-p", f"{FOLDER}/pid"]
    )
    try:
        time.sleep(2)
        for name, mount in mounts.items():
            mount.mkdir(parents=True)
            log = f"--log-file={FOLDER}/{name}.log"
            subprocess.run(["glusterfs", f"--volfile={FOLDER}/client.vol", log, str(mount)], check=True)
        for mount in mounts.values():
            for _try in range(100):
                if os.path.ismount(mount) and os.statvfs(mount).f_blocks:
                    break
                time.sleep(0.1)
        yield mounts
    finally:
        for mount in mounts.values():
            subprocess.run(["umount", "-l", str(mount)], check=False)
        server.terminate()
        server.wait()


@dataclass
class Round:
    """What became of one round.

    :ivar holder: who was suspended; "": nobody, its build was over too soon.
    :ivar wrong: what should not have been.
    """

    number: int
    holder: str = ""
    woke: str = ""
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Proof:
    """Six nodes, the index they install from, and the tools.

    :param stale: seconds without a heartbeat after which a holder that cannot be looked up is taken for dead.
    """

    def __init__(self, mounts: dict[str, Path], index: Index, stale: float) -> None:
        self.mounts, self.index, self.stale = mounts, index, stale
        self.nodes = {name: Node(name, root=ROOT) for name in NODES}
        self.notes = FOLDER / "notes"
        self.lock = (CHECKOUT / "roles" / "model_env" / "files" / "tools-requirements.txt").read_text().rstrip("\n")
        self.pace = random.Random(1)

    def start(self, name: str, number: int) -> subprocess.Popen[str]:
        """Ask a node for a version."""
        spec = {
            "python": "3.11",
            "index_url": self.index.simple,
            "packages": [f"part=={number}.0"],
            "imports": ["part"],
        }
        orders = {
            "node": name,
            "root": ROOT,
            "notes": f"/notes/{number}",
            "stale": self.stale,
            "wait": 600,
            "tools_lock": self.lock,
            "spec": load_specs({"demo": spec})["demo"].to_dict(),
        }
        script = CHECKOUT / "tests" / "prove" / "shared_root_node.py"
        environment = ["--env", f"PYTHONPATH={CHECKOUT}/.collections", "--env", "PYTHONDONTWRITEBYTECODE=1"]
        process = subprocess.Popen(
            ["docker", "exec", "--interactive", *environment, name, "python3", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdin
        process.stdin.write(json.dumps(orders))
        process.stdin.close()
        process.stdin = None
        return process

    def noted(self, number: int) -> list[tuple[float, str, str]]:
        """Time, node and word of each note of a round."""
        path = self.notes / str(number)
        lines = path.read_text().splitlines() if path.exists() else []
        return [(float(when), node, what) for when, node, what in (line.split() for line in lines)]

    def play(self, number: int) -> Round:
        """One round."""
        began = time.monotonic()
        found = Round(number)
        wheel(self.index.folder / "wheels", "part", f"{number}.0", size=100_000)
        running = {name: self.start(name, number) for name in NODES}
        builder = self._wait(number, "builds", ())
        time.sleep(self.pace.uniform(0, 2.5))
        self.nodes[builder].shell("kill -STOP -1")
        stopped = time.monotonic()
        over = any(node == builder and what == "leaves" for _when, node, what in self.noted(number))
        if not over:
            found.holder = builder
            self._wait(number, "holds", (builder,))
            if number % 2:
                found.woke = "while another builds"
                self._wait(number, "builds", (builder,), until=running)
                time.sleep(self.pace.uniform(0, 1.5))
            else:
                found.woke = "after the others"
                for name in set(NODES) - {builder}:
                    running[name].wait(timeout=900)
        before = self._tree() if found.woke == "after the others" else None
        self.nodes[builder].shell("kill -CONT -1")
        results = {name: self.result(process) for name, process in running.items()}
        if before is not None and self._tree() != before:
            found.wrong.append(f"the root changed when {builder} woke up: {before} and {self._tree()}")
        found.wrong += self._judge(number, results, found.holder, stopped)
        found.seconds = time.monotonic() - began
        return found

    def _wait(self, number: int, what: str, others: tuple[str, ...], until: Any = None) -> str:
        """Wait until a node other than these notes a word; its name, or "" if all others have ended without it."""
        end = time.monotonic() + 900
        while time.monotonic() < end:
            for _when, node, word in self.noted(number):
                if word == what and node not in others:
                    return node
            if until and all(process.poll() is not None for name, process in until.items() if name not in others):
                return ""
            time.sleep(0.05)
        raise RuntimeError(f"round {number}: nobody {what} within 15 minutes")

    @staticmethod
    def result(process: subprocess.Popen[str]) -> dict[str, Any]:
        """What a run answered."""
        output, _none = process.communicate(timeout=900)
        try:
            answer: dict[str, Any] = json.loads(output.splitlines()[-1])
        except (IndexError, ValueError):
            answer = {"action": "failed", "kind": "traceback", "message": output[-1500:]}
        return answer

    def _tree(self) -> dict[str, Any]:
        """What is in the root, as one node sees it."""
        root = self.mounts[NODES[0]]
        finished = sorted(path.parent.name for path in root.glob("releases/*/model_env-receipt.json"))
        state = sorted(path.name for path in root.glob("state/*"))
        lock = [path.name for path in root.glob("lock")]
        return {"active": os.readlink(root / "envs" / "demo"), "finished": finished, "state": state, "lock": lock}

    def _judge(self, number: int, results: dict[str, Any], holder: str, stopped: float) -> list[str]:
        wrong = []
        for name, result in results.items():
            if name == holder:
                # It may have come so far that all it had left to do was to let go.
                if result["action"] == "failed" and result["kind"] != "lost":
                    wrong.append(f"{name}, suspended, ended with {result}")
            elif result["action"] == "failed":
                wrong.append(f"{name} ended with {result}")
        held: dict[str, float] = {}
        for when, node, what in self.noted(number):
            if what == "holds":
                busy = [other for other, since in held.items() if not (other == holder and stopped > since)]
                if busy:
                    wrong.append(f"{node} held the root while {', '.join(busy)} did")
                held[node] = when
            elif what == "leaves":
                held.pop(node, None)
        for name, mount in self.mounts.items():
            target = mount / "envs" / os.readlink(mount / "envs" / "demo")
            if not (target / "model_env-receipt.json").is_file():
                wrong.append(f"{name} sees an active release that is none: {target.name}")
        status, output = self.nodes[NODES[-1]].shell(
            f"{ROOT}/envs/demo/bin/python -I -c 'import part; print(part.VERSION)'"
        )
        if (status, output) != (0, f"{number}.0"):
            wrong.append(f"the environment says {output!r}")
        return wrong


@contextmanager
def laboratory(stale: float) -> Iterator[Proof]:
    """Everything that is needed; it ends with the block."""
    subprocess.run(["rm", "-rf", str(FOLDER)], check=True)
    with ExitStack() as stack:
        mounts = stack.enter_context(network_filesystem())
        (FOLDER / "index" / "wheels").mkdir(parents=True)
        (FOLDER / "notes").mkdir()
        # Thousands of small files that no round is about: on this machine's own disk.
        (FOLDER / "tools").mkdir()
        (mounts[NODES[0]] / "tools").symlink_to(TOOLS)
        index = stack.enter_context(Index(FOLDER / "index", address="127.0.0.1").running())
        # A moment in time is to be a moment of the installation.
        index.faults = [Fault("/files/", drip=0.1)]
        proof = Proof(mounts, index, stale)
        for name, node in proof.nodes.items():
            folders = {
                mounts[name]: ROOT,
                CHECKOUT: f"{CHECKOUT}:ro",
                FOLDER / "notes": "/notes",
                FOLDER / "tools": TOOLS,
            }
            volumes = [word for here, there in folders.items() for word in ("--volume", f"{here}:{there}")]
            pip = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
            settings = [word for key, value in pip.items() for word in ("--env", f"{key}={value}")]
            for folder in (
                "/etc/xdg/pip",
                "/etc/pip.conf",
                "/opt/pypi",
                "/opt/pypi-more",
                "/opt/wheels",
                "/etc/ssl/certs",
            ):
                if os.path.exists(folder):
                    volumes += ["--volume", f"{folder}:{folder}:ro"]
            stack.enter_context(node.running("bookworm", ["--network", "host", *volumes, *settings]))
        yield proof


def main() -> int:
    """Play the rounds; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument(
        "--stale", type=float, default=30.0, help="seconds after which a silent holder is taken for dead"
    )
    given = parser.parse_args()
    if not shutil.which("glusterfsd") or not shutil.which("glusterfs"):
        parser.error("this needs GlusterFS (on Debian: glusterfs-server and glusterfs-client); no daemon has to run")
    rounds = []
    with laboratory(given.stale) as proof:
        # The first round makes the tools as well, and nobody is suspended in it.
        wheel(proof.index.folder / "wheels", "part", "0.0", size=100_000)
        first = proof.result(proof.start(NODES[0], 0))
        print(f"first build: {first}", flush=True)
        user = threading.Thread(target=proof.nodes[NODES[-1]].shell, args=[USER.format(root=ROOT)], daemon=True)
        user.start()
        for number in range(1, given.rounds + 1):
            rounds.append(found := proof.play(number))
            told = f"{found.holder} suspended, woke {found.woke}" if found.holder else "nobody suspended"
            print(f"round {number}: {found.seconds:.0f} s, {told}: {'; '.join(found.wrong) or 'right'}", flush=True)
        used = len((proof.notes / "used").read_text().splitlines())
        broken = (proof.notes / "broken").read_text() if (proof.notes / "broken").exists() else ""
    wrong = sum(bool(found.wrong) for found in rounds)
    suspended = sum(bool(found.holder) for found in rounds)
    print(
        f"{len(rounds)} rounds, {suspended} with a suspended holder, {wrong} wrong; used {used} times meanwhile, ",
        end="",
    )
    print(f"broken: {broken[:2000] or 'never'}")
    return 1 if wrong or broken else 0


if __name__ == "__main__":
    sys.exit(main())
