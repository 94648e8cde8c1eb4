# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all installers share, and how their changes are reported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import online
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    InstallOptions,
    InstallResult,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import Parser
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context, Session
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import RequirementLike


class BaseInstaller:
    """What all installers share; :class:`Installer` explains the methods.

    :ivar name: used in options, messages and receipts; also the name of its distribution.
    :ivar everywhere: whether it exists for every platform.
    :ivar parser: reads what it says.
    :ivar no_venv: cause and remedy to report if making a virtual environment fails and the interpreter gives no reason.
    :param store: folder of a cache on the filesystem of the environments, for an installer that has one; "": none.
    :raises ModelEnvError: kind ``interpreter``; the tools lack it.
    """

    name: str
    everywhere: bool
    parser: Parser
    no_venv: tuple[str, str]

    def __init__(self, context: Context, store: str = "") -> None:
        self._context = context
        self._store = store
        if not self.is_there(context.tools):
            raise ModelEnvError(
                f"this node has no {self.name}",
                why=f"installer: {self.name} was asked for, and neither the tools nor the PATH have it",
                todo=f"install {self.name}, name its path, or choose another installer",
                kind="interpreter",
            )

    @classmethod
    def find(cls, folder: str) -> tuple[str, ...]:
        """The command that starts it from a tools environment; () if that lacks it."""
        program = os.path.join(folder, "bin", cls.name)
        return (program,) if os.access(program, os.X_OK) else ()

    @classmethod
    def on_path(cls, environ: Mapping[str, str]) -> tuple[str, ...]:
        """The command that starts it where there are no tools; () if the PATH lacks it."""
        program = shutil.which(cls.name, path=environ.get("PATH"))
        return (program,) if program else ()

    @classmethod
    def is_there(cls, tools: Tools) -> bool:
        """Whether it can work with these tools."""
        return bool(tools.command(cls.name))

    @classmethod
    def variables(cls, environ: Mapping[str, str], settings: pip_config.SourceSettings, tmpdir: str) -> dict[str, str]:
        """The environment of its process: the node's, filtered; how the network is reached; and its own settings."""
        urls = [settings.index_url, *settings.extra_index_urls, *settings.find_links]
        environment = online(environ, tmpdir, settings, urls)
        own = cls.own_variables(settings, environment)
        return {**environment, **{name: value for name, value in own.items() if value}}

    @staticmethod
    def own_variables(settings: pip_config.SourceSettings, environment: Mapping[str, str]) -> dict[str, str]:
        """The settings as variables of its own, except those about reaching the network; "" leaves one unset.

        :param environment: the rest of its process's environment.
        """
        raise NotImplementedError

    @staticmethod
    def prune_store(_folder: str) -> int:
        """Remove from its cache what no environment links to, while nobody installs; returns the bytes freed."""
        return 0

    def create_venv(self, path: str, interpreter: str, *, tmpdir: str, log: str) -> None:
        """See :class:`Installer`."""
        session = Session(self._context, self.name, self.parser, path, InstallOptions(), tmpdir=tmpdir, log=log)
        try:
            self._make_venv(session, interpreter)
        except ModelEnvError as error:
            if error.kind in ("no_space", "io"):
                raise
            why, todo = self.no_venv
            raise ModelEnvError(
                f"{interpreter} cannot make a virtual environment",
                where=path,
                why=error.why or why,
                todo=todo,
                kind="interpreter",
                log=log,
            ) from error

    def install(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> InstallResult:
        """See :class:`Installer`."""
        raise NotImplementedError

    def preview(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> list[Change]:
        """See :class:`Installer`."""
        raise NotImplementedError

    def remove(
        self, python: str, names: Sequence[str], options: InstallOptions, *, tmpdir: str, log: str
    ) -> InstallResult:
        """See :class:`Installer`."""
        before = identities(prefix_of(python))
        present = [name for name in dict.fromkeys(map(canonicalize_name, names)) if name in before]
        if not present:
            return InstallResult([], log=log)
        session = self._session(python, options, tmpdir, log)
        self._uninstall(session, python, present)
        return self._result(session, before, session.command, log)

    def _session(self, python: str, options: InstallOptions, tmpdir: str, log: str) -> Session:
        return Session(self._context, self.name, self.parser, prefix_of(python), options, tmpdir=tmpdir, log=log)

    @staticmethod
    def _result(session: Session, before: Mapping[str, tuple[str, str]], command: str, log: str) -> InstallResult:
        """What has changed in the environment since ``before``."""
        found = origins.changes(before, identities(session.prefix))
        return InstallResult(found, session.attempts, session.seconds, command, log)

    def _make_venv(self, session: Session, interpreter: str) -> None:
        """Make a virtual environment at the session's prefix."""
        raise NotImplementedError

    def _uninstall(self, session: Session, python: str, names: Sequence[str]) -> None:
        """Remove distributions that are installed."""
        raise NotImplementedError


def identities(prefix: str) -> dict[str, tuple[str, str]]:
    """What is installed in an environment: canonical name -> identity."""
    return {name: origins.identity(d.version, d.origin) for name, d in site_packages.read(prefix).items()}


def prefix_of(python: str) -> str:
    """The environment's folder, from the path of its interpreter."""
    return os.path.dirname(os.path.dirname(python))
