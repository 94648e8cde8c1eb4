# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves specs with uv, for nodes that may be other machines than this one."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field
from typing import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import online
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
from ansible_collections.portable.model_env.plugins.module_utils.installers.registry import RESOLVER
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.installers.toolbox import Toolbox
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import (
    Question,
    configuration,
    question,
)
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec


@dataclass(frozen=True)
class ResolutionSettings:
    """How locks are made here.

    :ivar cache: folder where the resolver is kept between runs.
    :ivar tools_lock: hash-locked requirements of the tools.
    :ivar seeds: pinned requirements that every environment gets.
    :ivar build_tools: pinned requirements that are there before anything that is built without isolation.
    :ivar interpreters: version to path, from the operator.
    :ivar platform: the oldest that wheels must fit, as uv names it, e.g. ``x86_64-manylinux_2_28``.
    :ivar index_url: base index for specs without one of their own; "": as pip is configured here.
    :ivar upgrade: names of distributions that may have other versions than the lock before; ``*``: all.
    :ivar until: take nothing that was uploaded later (a date or a time, RFC 3339); "": no limit.
    :ivar timeout: seconds for one network operation; 0: as pip is configured here.
    :ivar retries: repetitions after a network fault.
    """

    cache: str
    tools_lock: str
    platform: str
    seeds: Sequence[str] = ()
    build_tools: Sequence[str] = ()
    interpreters: Mapping[str, str] = field(default_factory=dict)
    index_url: str = ""
    upgrade: Sequence[str] = ()
    until: str = ""
    timeout: int = 0
    retries: int = 3


@dataclass(frozen=True)
class Resolved:
    """What the resolver answered.

    :ivar pylock: text of ``pylock.toml`` (PEP 751), as the resolver wrote it.
    :ivar notes: what the operator should know, a sentence each.
    """

    pylock: str
    notes: tuple[str, ...] = ()


class Resolution:
    """Makes locks.

    :param runner: starts commands.
    """

    def __init__(self, runner: Runner, settings: ResolutionSettings) -> None:
        self._runner = runner
        self._settings = settings
        self._interpreters = Interpreters(runner, settings.interpreters)

    def resolve(self, spec: Spec, previous: str) -> Resolved:
        """Resolve one spec.

        :param previous: text of the lock before, whose versions are kept where the spec allows them; "": there is none.
        :raises ModelEnvError: there is no solution, or something cannot be reached or built.
        """
        folder = os.path.join(self._settings.cache, "tmp")
        with filesystem.run_folder(folder) as tmpdir:
            asked = question(spec, self._settings.seeds, self._settings.build_tools, self._commits(spec, tmpdir))
            flags = self._flags(spec, asked, previous, tmpdir)
            try:
                return Resolved(self._ask(spec, asked.lines(), flags, tmpdir))
            except ModelEnvError as error:
                # A seed may be what does not fit, or younger than the time that is asked for. If seeds of any version
                # fail as well, that failure is the spec's own.
                if error.kind not in ("resolution", "no_such_version") or not asked.seeds:
                    raise
                pylock = self._ask(spec, asked.lines(strict_seeds=False), flags, tmpdir)
                seeds = ", ".join(asked.seeds)
                return Resolved(
                    pylock, (f"{spec.name} cannot have all of what every environment gets ({seeds}), and has others",)
                )

    @property
    def resolver(self) -> str:
        """The resolver and the version that the tools' lock pins."""
        found = re.search(rf"(?m)^{RESOLVER.name}\s*==\s*([^\s;\\\\]+)", self._settings.tools_lock)
        return f"{RESOLVER.name} {found.group(1)}" if found else RESOLVER.name

    def _ask(self, spec: Spec, lines: Sequence[Requirement], flags: Sequence[str], tmpdir: str) -> str:
        toolbox = Toolbox(
            self._runner,
            os.path.join(self._settings.cache, "tools"),
            self._settings.tools_lock,
            self._interpreters,
            os.environ,
        )
        resolver = RESOLVER(Context(self._runner, toolbox.ensure(tmpdir), os.environ))
        options = InstallOptions(
            index_url=spec.index_url or self._settings.index_url,
            extra_index_urls=spec.further_indexes,
            find_links=spec.find_links,
            constraints=spec.constraints,
            environment=spec.environment,
            timeout=self._settings.timeout,
            retries=self._settings.retries,
        )
        try:
            return resolver.resolve(lines, options, flags, tmpdir=tmpdir, log="")
        except ModelEnvError as error:
            if not self._settings.until:
                raise
            left_out = (
                f"what came after {self._settings.until} was left out, and whatever an index does not say the time of"
            )
            raise error.with_(why=f"{error.why}; {left_out}" if error.why else left_out) from error

    def _flags(self, spec: Spec, asked: Question, previous: str, tmpdir: str) -> list[str]:
        flags = ["--python-version", spec.python, "--python-platform", self._settings.platform]
        configured = os.path.join(tmpdir, "uv.toml")
        _write(configured, configuration(asked.metadata))
        flags += ["--config-file", configured]
        # A source that says its requirements only when it is built needs the interpreter itself; all else does not.
        with contextlib.suppress(ModelEnvError):
            flags += ["--python", self._interpreters.find(spec.python).path]
        before = os.path.join(tmpdir, "pylock.toml")
        if previous:
            _write(before, previous)
        flags += ["--output-file", before]
        for name in self._settings.upgrade:
            flags += ["--upgrade"] if name == "*" else ["--upgrade-package", name]
        flags += ["--exclude-newer", self._settings.until] if self._settings.until else []
        return flags

    def _commits(self, spec: Spec, tmpdir: str) -> dict[str, str]:
        """The commit of each git package; tags are looked up."""
        git = Git(self._runner, online(os.environ, tmpdir, urls=[one.url for one in spec.git_packages]))
        return {one.name: one.commit or git.commit_of_tag(one.url, one.tag) for one in spec.git_packages}


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(text)
