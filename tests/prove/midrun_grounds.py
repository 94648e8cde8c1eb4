# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where runs are disturbed: a node, an installer, and a spec whose every version has to be fetched and built anew."""

from __future__ import annotations

import json
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.tests.prove import portability_stock
from ansible_collections.portable.model_env.tests.support.index import Fault, Index
from ansible_collections.portable.model_env.tests.support.nodes import Fleet, Node, inner_network
from ansible_collections.portable.model_env.tests.support.packages import Repository, sdist, sources, wheel
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT, PYTHON, Site

# Every file takes this long to come, and the build this long, so that a moment in time is a moment of the installation.
PACE = 0.04  # seconds for a sixteenth of a file
BUILD_SECONDS = 0.7
NAMES = ("part", "brick", "stone")
SHOW = "import part, brick, stone; print(part.VERSION, brick.VERSION, stone.VERSION)"


class Stock:
    """Versions of a wheel, of an archive that has to be built, and of a git package.

    :param folder: gets ``wheels`` and ``git``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._repository = Repository(folder, "stone")
        self._commits: dict[int, str] = {}

    def spec(self, number: int, python: str, index: str, git: str) -> dict[str, Any]:
        """The spec of one version; its packages are made."""
        version = f"{number}.0"
        if number not in self._commits:
            wheel(self.folder / "wheels", "part", version, size=200_000)
            prelude = f"import time; time.sleep({BUILD_SECONDS})"
            sdist(self.folder / "wheels", "brick", version, prelude=prelude)
            self._commits[number] = self._repository.commit(sources("stone", version))
        return {
            "python": python,
            "index_url": index,
            "packages": [f"part=={version}", f"brick=={version}"],
            "git_packages": [{"name": "stone", "url": f"{git}/stone.git", "commit": self._commits[number]}],
            "imports": list(NAMES),
        }


class Grounds(ABC):
    """A node, and the questions that are asked after every disturbance.

    :ivar number: the version that was asked for last.
    :ivar index: where packages come from.
    :ivar git: where the git package comes from.
    :ivar seconds: what the last undisturbed run took.
    """

    python = PYTHON

    def __init__(self, stock: Stock, index: Index, git: Index) -> None:
        self.stock, self.index, self.git = stock, index, git
        self.number = 0
        self.seconds = 0.0

    def want(self, number: int) -> None:
        """Ask for a version."""
        self.number = number
        self.specs = {"demo": self.stock.spec(number, self.python, self.index.simple, f"{self.git.url}/git")}

    def calm(self) -> None:
        """Have the index do what it should, at its pace."""
        self.index.faults = [Fault("/files/", drip=PACE)]

    def works(self, *numbers: int) -> bool:
        """Whether the active environment works and is one of these versions, whole."""
        return self.shows() in {" ".join([f"{number}.0"] * len(NAMES)) for number in numbers}

    def converges(self) -> str:
        """The next run, undisturbed: "" if it succeeds and brings what was asked for, else what it printed."""
        self.calm()
        started = time.monotonic()
        status, output = self.run()
        self.seconds = time.monotonic() - started
        return "" if status == 0 and self.works(self.number) else output or "no output"

    def run(self, **settings: Any) -> tuple[int, str]:
        """A run to its end: exit status and output."""
        process = self.start(**settings)
        output, _none = process.communicate(timeout=600)
        return process.returncode, output

    @abstractmethod
    def start(self, **settings: Any) -> subprocess.Popen[str]:
        """Start provision.yml."""

    @abstractmethod
    def shows(self) -> str:
        """What the active environment says of itself; "" if it does not work."""

    @abstractmethod
    def leftovers(self) -> list[str]:
        """What no run may leave behind: files, links, locks, processes."""


class FolderGrounds(Grounds):
    """A folder of this machine as the node."""

    def __init__(self, site: Site, stock: Stock, git: Index) -> None:
        super().__init__(stock, site.index, git)
        self.site = site
        self.root = site.root()

    def start(self, **settings: Any) -> subprocess.Popen[str]:
        """See :class:`Grounds`."""
        self.site.specs = self.specs
        return self.site.start(**settings)

    def shows(self) -> str:
        """See :class:`Grounds`."""
        command = [self.site.python("demo"), "-I", "-c", SHOW]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        except OSError:
            return ""
        return done.stdout.strip()

    def leftovers(self) -> list[str]:
        """See :class:`Grounds`."""
        return self.site.litter() + [line for _pid, line in processes(self.root)]

    def module(self) -> list[int]:
        """The process that holds the lock."""
        try:
            return [int(json.loads((self.root / "lock").read_text())["pid"])]
        except (OSError, ValueError):
            return []

    def installers(self) -> list[int]:
        """The processes of pip or uv that install."""
        return [pid for pid, line in processes(self.root) if " install " in line and ("pip" in line or "uv" in line)]


class ContainerGrounds(Grounds):
    """A container as the node."""

    python = "3.11"

    def __init__(self, node: Node, fleet: Fleet, stock: Stock, index: Index, git: Index) -> None:
        super().__init__(stock, index, git)
        self.node, self._fleet = node, fleet

    def start(self, **settings: Any) -> subprocess.Popen[str]:
        """See :class:`Grounds`."""
        return self._fleet.start(model_env_specs=self.specs, **settings)

    def shows(self) -> str:
        """See :class:`Grounds`."""
        status, output = self.node.shell(f"cd / && {self.node.root}/envs/demo/bin/python -I -c '{SHOW}'")
        return "" if status else output

    def leftovers(self) -> list[str]:
        """See :class:`Grounds`."""
        return self.node.litter()


def processes(root: Path) -> list[tuple[int, str]]:
    """Processes that a run under ``root`` started, with their commands: their TMPDIR gives them away."""
    found = []
    needle = b"TMPDIR=" + os.fsencode(root)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (folder / "environ").read_bytes():
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found.append((int(folder.name), line.decode(errors="replace")))
        except OSError:
            continue
    return found


_SETTINGS = {"model_env_timeout": 10, "model_env_lock_wait": 120}


@contextmanager
def folder_grounds(folder: Path, tools: Path, installer: str, volume: Path | None = None) -> Iterator[FolderGrounds]:
    """A folder with version 1 active, and everything around it.

    :param volume: where its root lies instead.
    """
    stock = Stock(folder / "stock")
    git = Index(stock.folder)
    git.start()
    with Index(stock.folder).running() as index:
        site = Site(folder, index, tools, installer=installer, volume=volume, settings=dict(_SETTINGS))
        place = FolderGrounds(site, stock, git)
        try:
            yield _settled(place)
        finally:
            place.git.stop()


@contextmanager
def container_grounds(folder: Path, installer: str) -> Iterator[ContainerGrounds]:
    """A container with version 1 active, and everything around it."""
    name = f"proof-faults-{installer}"
    stock = Stock(folder / "stock")
    with ExitStack() as stack:
        address = stack.enter_context(inner_network(name))
        index = stack.enter_context(Index(stock.folder, address=address).running())
        git = stack.enter_context(Index(stock.folder, address=address).running())
        conf = folder / "pip.conf"
        conf.write_text(f"[global]\nfind-links = /srv/tools\ntrusted-host = {address}\nindex-url = {index.simple}\n")
        mounts = ["--volume", f"{conf}:/etc/pip.conf:ro", "--volume", f"{fetched()}:/srv/tools:ro"]
        node = stack.enter_context(Node(name).running("bookworm", ["--network", name, *mounts]))
        variables = {**_SETTINGS, "model_env_installer": installer, "model_env_seeds": [], "model_env_retries": 0}
        fleet = Fleet(folder, [node], variables)
        yield _settled(ContainerGrounds(node, fleet, stock, index, git))


def fetched() -> Path:
    """A folder with the wheels of the tools."""
    wheels = CHECKOUT / ".build" / "portability" / "index" / "wheels"
    portability_stock.fetch(wheels)
    return wheels


def _settled(place: Any) -> Any:
    place.want(1)
    output = place.converges()
    if output:
        raise RuntimeError(output)
    return place


def until(condition: Callable[[], Any], seconds: float = 120.0) -> bool:
    """Wait for something; whether it came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
