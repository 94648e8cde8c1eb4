# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds one environment: interpreter, virtual environment, transactions, source trees."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile, StepCounter
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import online
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    Installer,
    InstallOptions,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.registry import AUTO, make_installer
from ansible_collections.portable.model_env.plugins.module_utils.installers.toolbox import Toolbox
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import git_requirement
from ansible_collections.portable.model_env.plugins.module_utils.releases import phases
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed, editable_words
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import (
    Requirement,
    requirement_name,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import GitPackage, Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels.of_release import ExtensionWheels, preview
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels, WheelSettings

SOURCES = "src"
# A resolver that was held to the previous release's versions may only be overruled for these reasons.
_HELD_TOO_TIGHT = ("resolution", "no_such_version")


@dataclass(frozen=True)
class BuildSettings:
    """How environments are built on this node.

    :ivar installer: ``pip``, ``uv`` or ``auto`` (uv where the platform has it).
    :ivar store: whether uv keeps its cache beside the releases.
    :ivar tools_lock: hash-locked requirements of the tools.
    :ivar seeds: pinned requirements that every environment gets.
    :ivar build_tools: pinned requirements that go before anything that builds without isolation.
    :ivar interpreters: version to path, from the operator.
    :ivar timeout: seconds for one network operation; 0: as the node's pip configuration says.
    :ivar retries: repetitions after a network fault.
    :ivar retry_delay: seconds before the first one.
    :ivar total_timeout: seconds for one transaction with its repetitions; None: no limit.
    :ivar index_url: base index for specs without one of their own; "": as the node's pip configuration says.
    :ivar fleet_wheelhouse: folder or page where the wheels of torch extensions are, besides the node's own.
    :ivar archs: GPU architectures that torch extensions are wanted for; empty: those of the node's GPUs.
    :ivar wheels: what the search for the wheels of this environment's torch extensions gave; empty: none was made.
    """

    installer: str = AUTO
    store: bool = True
    tools_lock: str = ""
    seeds: Sequence[str] = ()
    build_tools: Sequence[str] = ()
    interpreters: Mapping[str, str] = field(default_factory=dict)
    timeout: int = 0
    retries: int = 3
    retry_delay: float = 2.0
    total_timeout: float | None = None
    index_url: str = ""
    fleet_wheelhouse: str = ""
    archs: Sequence[str] = ()
    wheels: Sequence[Mapping[str, Any]] = ()


class Build:
    """One environment in the making.

    :param previous: distributions of the release before, whose versions are kept where the spec allows it.
    :param lock: what is installed; None: what the installer finds for the spec.
    :param log: path of the log ("" in check mode).
    :param status: told how far it is.
    """

    def __init__(
        self,
        runner: Runner,
        tree: ModelRoot,
        settings: BuildSettings,
        spec: Spec,
        previous: Mapping[str, Installed],
        lock: Lock | None = None,
        log: str = "",
        status: StatusFile | None = None,
    ) -> None:
        self._runner = runner
        self._tree = tree
        self._settings = settings
        self._spec = spec
        self._previous = previous
        self._lock = lock
        self._log = log
        self._outline = phases.outline(spec, settings.seeds, settings.build_tools, lock)
        self._sources = bool(spec.git_packages or spec.checkouts)
        total = 2 + self._sources + len(self._outline) + bool(spec.torch_extensions)
        self.progress = StepCounter(status or StatusFile(""), f"building {spec.name}", total)
        self._interpreters = Interpreters(runner, settings.interpreters)
        self._toolbox = Toolbox(runner, tree.tools, settings.tools_lock, self._interpreters, os.environ)
        places = WheelSettings(tree.wheelhouse, settings.fleet_wheelhouse, settings.archs, owners=tree.owners)
        self._extensions = ExtensionWheels(runner, Wheels(runner, places, os.environ), spec, settings.wheels)

    @property
    def notes(self) -> list[str]:
        """What the operator should know of the build, a sentence each."""
        return self._extensions.notes

    def run(self, path: str) -> dict[str, Any]:
        """Build the environment at ``path``.

        :returns: facts for the receipt: ``python``, ``installer``, ``steps``, ``checkouts`` (path below the release to
            commit) and ``extensions`` (each with its key, its hash, and where its wheel came from).
        :raises ModelEnvError: it cannot be built; the caller removes what there is.
        """
        interpreter = self._interpreters.find(self._spec.python)
        self._extensions.foretold(take=True)
        with filesystem.run_folder(self._tree.temporary) as tmpdir:
            self.progress.next("making its folder, and the tools if they are not there")
            tools = self._toolbox.ensure(tmpdir)
            installer = self._installer(tools, self._tree.store if self._settings.store else "")
            installer.create_venv(path, interpreter.path, tmpdir=tmpdir, log=self._log)
            if self._sources:
                self.progress.next("fetching source trees")
            sources, commits = self._git_sources(path, tmpdir)
            python = os.path.join(path, "bin", "python")
            steps = [
                self._step(installer, python, phase, words, tmpdir)
                for phase, words in zip(self._phases(sources), self._outline)
            ]
            if self._spec.torch_extensions:
                steps.append(self._extension_step(installer, python, tmpdir))
        return {
            "python": {"version": interpreter.version, "executable": interpreter.path},
            "installer": {"name": installer.name, "tools": tools.python},
            "steps": steps,
            "checkouts": commits,
            "extensions": self._extensions.facts,
        }

    def _extension_step(self, installer: Installer, python: str, tmpdir: str) -> dict[str, Any]:
        """Install the wheels that were chosen; only now does the environment say for certain which ones fit."""
        phase = phases.Phase("extensions", self._extensions.requirements(python), locked=self._lock is not None)
        words = "installing the wheels of " + ", ".join(entry.name for entry in self._spec.torch_extensions)
        return self._step(installer, python, phase, words, tmpdir)

    def preview(self) -> dict[str, Installed]:
        """The distributions that :meth:`run` would install, by the installer's own dry run; nothing is left behind."""
        if self._lock is not None:
            return self._preview_lock(self._lock)
        interpreter = self._interpreters.find(self._spec.python)
        with tempfile.TemporaryDirectory(prefix="model_env-") as tmpdir:
            installer = self._installer(self._toolbox.temporary(tmpdir), "")
            venv = os.path.join(tmpdir, "venv")
            installer.create_venv(venv, interpreter.path, tmpdir=tmpdir, log="")
            sources, commits = self._git_sources(venv, tmpdir)
            found = self._preview(installer, os.path.join(venv, "bin", "python"), self._phases(sources), tmpdir)
        found += preview(self._extensions.foretold(take=False), self._tree.wheelhouse)
        trees = {os.path.join(venv, tree): commit for tree, commit in commits.items()}
        result: dict[str, Installed] = {}
        for change in found:
            if change.after is not None:
                # As the receipt of the real release will have it: by commit, not by a path that differs.
                path = change.after[len("-e ") :] if change.origin == "editable" else ""
                words = editable_words(path, trees) if path else change.after
                result[change.name] = Installed(change.after, words, change.origin)
        return result

    def _preview_lock(self, lock: Lock) -> dict[str, Installed]:
        """The distributions of the lock, as the receipt will have them; nothing is started or fetched."""
        result: dict[str, Installed] = {}
        editable: dict[str, GitPackage] = {
            canonicalize_name(one.name): one for one in self._spec.git_packages if one.editable
        }
        for package in lock.packages:
            if package.name in editable:
                below = editable[package.name].subdirectory
                words, origin = f"-e {lock.commit(package.name)}" + (f"/{below}" if below else ""), "editable"
            else:
                source = package.source
                words, origin = origins.identity(package.version, source.direct_url if source else None)
            result[package.name] = Installed(package.version or words, words, origin)
        for change in preview(self._extensions.foretold(take=False), self._tree.wheelhouse):
            words = change.after or ""
            result[canonicalize_name(change.name)] = Installed(words, words, change.origin)
        return result

    def _preview(self, installer: Installer, python: str, steps: Sequence[phases.Phase], tmpdir: str) -> list[Change]:
        isolated = [requirement for phase in steps if phase.isolated for requirement in phase.requirements]

        together = phases.Phase("packages", tuple(isolated))

        def look(constraints: list[str]) -> list[Change]:
            return installer.preview(python, isolated, self._options(together, constraints), tmpdir=tmpdir, log="")

        found = self._held(look, isolated) if isolated else []
        # What is built against the environment's own torch has no metadata before that torch is installed.
        for phase in steps:
            for requirement in () if phase.isolated else phase.requirements:
                name, words, origin = _unbuilt(requirement)
                found.append(Change(name, None, words, origin))
        return found

    def _step(self, installer: Installer, python: str, phase: phases.Phase, words: str, tmpdir: str) -> dict[str, Any]:
        started = time.monotonic()
        self.progress.next(words)

        def install(constraints: list[str]) -> Any:
            options = self._options(phase, constraints)
            return installer.install(python, phase.requirements, options, tmpdir=tmpdir, log=self._log)

        result = install([]) if phase.locked else self._held(install, phase.requirements)
        return {
            "phase": phase.name,
            "seconds": round(time.monotonic() - started, 1),
            "attempts": result.attempts,
            "command": result.command,
        }

    def _held(self, call: Any, wanted: Sequence[Requirement]) -> Any:
        """Resolve with the versions of the previous release; if the spec does not allow them all, without."""
        constraints = self._spec.limits
        kept = phases.preferences(self._previous, wanted)
        if kept:
            try:
                return call(constraints + kept)
            except ModelEnvError as error:
                if error.kind not in _HELD_TOO_TIGHT:
                    raise
        return call(constraints)

    def _installer(self, tools: Tools, store: str) -> Installer:
        return make_installer(self._settings.installer, tools, self._runner, os.environ, store=store)

    def _options(self, phase: phases.Phase, constraints: Sequence[str]) -> InstallOptions:
        return InstallOptions(
            dependencies=not phase.locked,
            require_hashes=phase.hashed,
            binaries_only=phase.binaries_only,
            index_url=self._spec.index_url or self._settings.index_url,
            extra_index_urls=self._spec.further_indexes,
            find_links=self._spec.find_links,
            constraints=constraints,
            build_isolation=phase.isolated,
            environment=self._spec.environment,
            timeout=self._settings.timeout,
            retries=self._settings.retries,
            retry_delay=self._settings.retry_delay,
            total_timeout=self._settings.total_timeout,
        )

    def _phases(self, sources: Mapping[str, Requirement]) -> list[phases.Phase]:
        if self._lock is not None:
            return phases.locked_phases(self._spec, self._lock, sources)
        return phases.phases(self._spec, self._settings.seeds, self._settings.build_tools, sources)

    def _git_sources(self, path: str, tmpdir: str) -> tuple[dict[str, Requirement], dict[str, str]]:
        """Resolve tags and make the source trees that are wanted.

        :returns: the requirement of each git package, and the commit of each source tree by its path below ``path``.
        """
        urls = [*(one.url for one in self._spec.git_packages), *(one.url for one in self._spec.checkouts)]
        git = Git(self._runner, online(os.environ, tmpdir, urls=urls))
        requirements: dict[str, Requirement] = {}
        commits: dict[str, str] = {}
        with open_log(self._log) as log:
            for package in self._spec.git_packages:
                commit = self._lock.commit(package.name) if self._lock else package.commit
                commit = commit or git.commit_of_tag(package.url, package.tag)
                tree = os.path.join(SOURCES, package.name)
                if package.editable:
                    git.checkout(package.url, commit, os.path.join(path, tree), log)
                    commits[tree] = commit
                requirements[package.name] = git_requirement(
                    package, commit, os.path.join(path, tree) if package.editable else ""
                )
            for checkout in self._spec.checkouts:
                tree = os.path.join(SOURCES, checkout.path)
                commit = checkout.commit or git.commit_of_tag(checkout.url, checkout.tag)
                if self._log:
                    git.checkout(checkout.url, commit, os.path.join(path, tree), log)
                commits[tree] = commit
        return requirements, commits


def _unbuilt(requirement: Requirement) -> tuple[str, str, str]:
    """Name, words and origin of a requirement that can only be looked at once it is built."""
    if requirement.editable:
        path = requirement.text.partition("[")[0]
        return os.path.basename(path), f"-e {path}", "editable"
    name = requirement_name(requirement.text)
    _name, at, url = requirement.text.partition(" @ ")
    if at:
        return name, url.partition("#")[0], "vcs"
    return name, requirement.text.partition("==")[2].partition(" ")[0], "index"
