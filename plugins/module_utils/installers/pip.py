# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pip as an installer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import Version
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins, pip_output, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.base import (
    BaseInstaller,
    identities,
    prefix_of,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import offline
from ansible_collections.portable.model_env.plugins.module_utils.installers.lines import Lines
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    InstallOptions,
    InstallResult,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Session
from ansible_collections.portable.model_env.plugins.module_utils.installers.unneeded import unneeded
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import (
    RequirementLike,
    as_requirement,
)

_OLDEST = Version("22.2")  # the first pip with --dry-run and --report


class PipInstaller(BaseInstaller):
    """Installs with pip: the tools' pip on the environment, or the environment's own where there are no tools."""

    name = "pip"
    everywhere = True
    parser = pip_output.PARSER
    no_venv = (
        "its modules venv and ensurepip are missing; Debian and Ubuntu package them separately",
        "install its package pythonX.Y-venv (Debian, Ubuntu) or pythonX.Y (Red Hat, SUSE), or choose another "
        "interpreter",
    )

    @classmethod
    def find(cls, folder: str) -> tuple[str, ...]:
        """A virtual environment of tools always has pip."""
        return (os.path.join(folder, "bin", "python"), "-I", "-m", "pip")

    @classmethod
    def on_path(cls, _environ: Mapping[str, str]) -> tuple[str, ...]:
        """None: without tools, the environment's own pip works."""
        return ()

    @classmethod
    def is_there(cls, _tools: Tools) -> bool:
        """Always: without tools the environment's own pip works, which is checked when it is used."""
        return True

    @staticmethod
    def own_variables(settings: SourceSettings, _environment: Mapping[str, str]) -> dict[str, str]:
        """No configuration file, and the source settings as PIP_*."""
        return {
            "PIP_INDEX_URL": settings.index_url,
            "PIP_EXTRA_INDEX_URL": " ".join(settings.extra_index_urls),
            "PIP_FIND_LINKS": " ".join(settings.find_links),
            "PIP_NO_INDEX": "1" if settings.no_index else "",
            "PIP_TIMEOUT": settings.timeout,
            "PIP_RETRIES": settings.retries,
            # Not the empty string: that would let pip read the files.
            "PIP_CONFIG_FILE": "/dev/null",
        }

    @classmethod
    def command(cls, tools: Tools, python: str) -> list[str]:
        """What runs pip on an environment.

        :param python: its interpreter.
        """
        own = tools.command(cls.name)
        return [*own, "--python", python] if own else [python, "-I", "-m", "pip"]

    @staticmethod
    def cache_folder(environ: Mapping[str, str]) -> str:
        """Where pip would keep its cache, if it were not always switched off."""
        home = environ.get("HOME") or os.path.expanduser("~")
        cache = environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
        return environ.get("PIP_CACHE_DIR") or os.path.join(cache, "pip")

    def download_source(
        self, python: str, package: str, line: str, folder: str, options: InstallOptions, *, tmpdir: str, log: str
    ) -> None:
        """Fetch the source distribution of a package, without those that it requires.

        :param line: the requirement, with its hashes.
        :param folder: gets the file.
        :raises ModelEnvError: see :class:`Installer`.
        """
        session = Session(self._context, self.name, self.parser, prefix_of(python), options, tmpdir=tmpdir, log=log)
        argv = [*self.command(self._context.tools, python), "download", "--no-input", "--no-cache-dir", "--no-deps"]
        argv += ["--disable-pip-version-check", f"--no-binary={package}", "-d", folder]
        argv += [] if options.build_isolation else ["--no-build-isolation"]
        argv += ["--require-hashes"] if "--hash=" in line else []
        variables = self.variables(session.environ, session.settings, tmpdir)
        session.run([*argv, "-r", "/dev/stdin"], session.environment(variables), [line])

    @classmethod
    def compile_command(cls, tools: Tools, python: str, source: str, folder: str) -> list[str]:
        """What makes a wheel of a source tree, in place and with what the environment holds.

        Not from the index: the source as a folder is built in place, so that what is compiled stays. Nor by the old
        way of pip 23: after a failure it runs ``setup.py clean``, which removes all that was compiled (ran).

        :param folder: gets the wheel.
        """
        options = ["--no-input", "--disable-pip-version-check", "--no-cache-dir", "--no-index", "--no-deps"]
        options += ["--no-build-isolation", "--use-pep517"]
        return [*cls.command(tools, python), "wheel", "-v", *options, "-w", folder, source]

    def install(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> InstallResult:
        """See :class:`Installer`."""
        prefix = prefix_of(python)
        session = self._session(python, options, tmpdir, log)
        before = identities(prefix)
        asked = [as_requirement(item) for item in requirements]
        lines = Lines(asked, prefix)
        flags = []
        if options.require_hashes:
            flags, text = ["--require-hashes"], lines.with_hashes()
        else:
            text = lines.text
            if lines.some_hashed:
                self._install_hashed(session, python, lines)
        self._pip(session, python, ["install", *self._flags(session), *flags], text)
        command = session.command
        # pip leaves a distribution alone whose version is right, wherever it came from.
        stale = [line for line in Lines(asked, prefix).again.values() if not line.startswith("-e ")]
        if stale:
            self._pip(
                session, python, ["install", "--force-reinstall", "--no-deps", *self._flags(session, False)], stale
            )
        if options.exact:
            names = self._unneeded(python, lines, {}, tmpdir)
            if names:
                self._uninstall(session, python, names)
        return self._result(session, before, command, log)

    def preview(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> list[Change]:
        """See :class:`Installer`; the answer is that of pip's own dry run."""
        prefix = prefix_of(python)
        session = self._session(python, options, tmpdir, log)
        before = identities(prefix)
        lines = Lines([as_requirement(item) for item in requirements], prefix)
        text = lines.with_hashes() if options.require_hashes else lines.text
        flags = ["--require-hashes"] if options.require_hashes else []
        report = self._dry_run(session, python, [*self._flags(session), *flags], text)
        named = {_key(item) for item in report}
        stale = [line for name, line in lines.again.items() if name not in named]
        if stale:
            flags = ["--force-reinstall", "--no-deps", *self._flags(session, False)]
            report += self._dry_run(session, python, flags, stale)
        after = dict(before)
        for item in report:
            after[_key(item)] = origins.identity(item["metadata"]["version"], _origin(item))
        if options.exact:
            coming = {_key(item): item["metadata"].get("requires_dist") or [] for item in report}
            for name in self._unneeded(python, lines, coming, tmpdir):
                after.pop(name, None)
        return origins.changes(before, after)

    def _unneeded(self, python: str, lines: Lines, coming: Mapping[str, Sequence[str]], tmpdir: str) -> list[str]:
        """Distributions that nothing requires; never pip itself, which the next run needs."""
        found = unneeded(self._context, python, lines.text, coming, tmpdir=tmpdir)
        return [name for name in found if name != PipInstaller.name]

    def _install_hashed(self, session: Session, python: str, lines: Lines) -> None:
        """Install those with hashes first, checked.

        pip knows hashes for all or for none; uv checks those that are given. A dry run of everything goes before, so
        that a contradiction is found while nothing has changed.
        """
        self._dry_run(session, python, self._flags(session), lines.text)
        flags = ["--require-hashes", "--no-deps", *self._flags(session, False)]
        self._pip(session, python, ["install", *flags], lines.with_hashes(only=True))

    def _session(self, python: str, options: InstallOptions, tmpdir: str, log: str) -> Session:
        if not self._context.tools.command(self.name):
            self._check_own_pip(prefix_of(python))
        return super()._session(python, options, tmpdir, log)

    def _make_venv(self, session: Session, interpreter: str) -> None:
        """Without tools the environment gets a pip of its own, by ensurepip."""
        own_pip = ["--without-pip"] if self._context.tools.command(self.name) else []
        argv = [interpreter, "-I", "-m", "venv", *own_pip, session.prefix]
        session.run(argv, offline(self._context.environ, session.tmpdir))

    def _uninstall(self, session: Session, python: str, names: Sequence[str]) -> None:
        self._pip(session, python, ["uninstall", "--yes", *names])

    @staticmethod
    def _check_own_pip(prefix: str) -> None:
        own = site_packages.read(prefix).get("pip")
        if own is None or Version(own.version) < _OLDEST:
            raise ModelEnvError(
                f"the pip of this environment is too old ({own.version})" if own else "this environment has no pip",
                where=prefix,
                why="pip 22.2 is the first that can say what it would do",
                todo="install a newer pip into it, choose installer: uv, or name a tools environment",
                kind="interpreter",
            )

    def _pip(self, session: Session, python: str, arguments: Sequence[str], lines: Sequence[str] = ()) -> None:
        debug_log = os.path.join(session.tmpdir, "pip-debug.log")
        argv = self.command(self._context.tools, python)
        argv += [*arguments[:1], "--verbose", "--no-input", "--disable-pip-version-check", "--no-color"]
        argv += ["--log", debug_log, *arguments[1:]]
        environment = self.variables(session.environ, session.settings, session.tmpdir)
        session.run(argv, session.environment(environment), lines, debug_log)

    def _dry_run(
        self, session: Session, python: str, flags: Sequence[str], lines: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        report = os.path.join(session.tmpdir, "pip-report.json")
        self._pip(session, python, ["install", "--dry-run", "--report", report, *flags], lines)
        with open(report, encoding="utf-8") as handle:
            found: list[Mapping[str, Any]] = json.load(handle)["install"]
        os.unlink(report)
        return found

    @staticmethod
    def _flags(session: Session, with_constraints: bool = True) -> list[str]:
        """The arguments of every ``pip install``. The index travels in the environment, the requirements on stdin."""
        options = session.options
        flags = ["--requirement", "/dev/stdin", "--no-cache-dir", "--progress-bar", "off"]
        constraints = session.constraints_file() if with_constraints else ""
        flags += ["--constraint", constraints] if constraints else []
        flags += [] if options.build_isolation else ["--no-build-isolation"]
        flags += [] if options.dependencies else ["--no-deps"]
        flags += ["--only-binary=:all:"] if options.binaries_only else []
        flags += ["--compile"] if options.compile else ["--no-compile"]
        return flags


def _key(item: Mapping[str, Any]) -> str:
    return canonicalize_name(item["metadata"]["name"])


def _origin(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What pip will write to ``direct_url.json``."""
    return item["download_info"] if item["is_direct"] else None
