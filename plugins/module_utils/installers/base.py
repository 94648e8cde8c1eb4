# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What installers share: environment, attempts, log, errors, and telling what has changed."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.installers import environment as installer_env
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    InstallOptions,
    InstallResult,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import NETWORK, Failure, Parser
from ansible_collections.portable.model_env.plugins.module_utils.masking import masked, secrets_in
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config, pip_config_files
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import RequirementLike

_LONGEST_PAUSE = 60.0  # seconds between two attempts


class Context:
    """Where installers run, and with what.

    :param runner: starts them.
    :param tools: what does the installing.
    :param environ: the node's environment, PIP_* included.
    :param settings: the node's pip configuration; None: read it when it is needed, for the environment concerned.
    :param sleep: pauses between attempts.
    :param chance: number in [0, 1) that spreads the pauses of many nodes.
    """

    def __init__(
        self,
        runner: Runner,
        tools: Tools,
        environ: Mapping[str, str],
        settings: pip_config.SourceSettings | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.runner = runner
        self.tools = tools
        self.environ = environ
        self.settings = settings
        self.sleep = sleep
        self.chance = chance


class Session:
    """One piece of work of an installer in one environment: several commands, one log, one time limit.

    :param name: of the installer, for messages.
    :param parser: reads what the installer says.
    :param prefix: folder of the environment.
    :ivar environ: the node's environment with the caller's variables over it.
    :param log: path of the log; "" for none.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        parser: Parser,
        prefix: str,
        options: InstallOptions,
        *,
        tmpdir: str,
        log: str,
    ) -> None:
        self._context = context
        self._name = name
        self._parser = parser
        self.prefix = prefix
        self.options = options
        self.tmpdir = tmpdir
        self._log = log
        self._started = time.monotonic()
        self._commands = 0
        self._repetitions = 0
        self.command = ""
        settings = context.settings
        if settings is None:
            settings = pip_config_files.read(context.environ, prefix)
        self.settings = installer_env.with_options(settings, options)
        self.environ = {**context.environ, **options.environment}
        self.secrets = installer_env.secret_values(self.environ)
        self.secrets += [*options.secrets, *self.settings.secrets()]

    @property
    def attempts(self) -> int:
        """How often the work was tried: 1, and 1 for each repetition; 0 if there was none to do."""
        return 1 + self._repetitions if self._commands else 0

    @property
    def seconds(self) -> float:
        """Wall-clock time since the work began."""
        return time.monotonic() - self._started

    def environment(self, values: Mapping[str, str]) -> dict[str, str]:
        """The child's environment: ``values`` with the caller's variables over them."""
        merged = installer_env.with_own(values, self.options.environment)
        if not self.options.build_isolation:
            # Like an activated environment, so that a build finds ninja and the like.
            merged["PATH"] = os.pathsep.join([os.path.join(self.prefix, "bin"), merged.get("PATH", os.defpath)])
        return merged

    def constraints_file(self) -> str:
        """Path of a file with the constraints, in TMPDIR; "" if there are none."""
        if not self.options.constraints:
            return ""
        path = os.path.join(self.tmpdir, "constraints.txt")
        text = "".join(f"{line}\n" for line in self.options.constraints)
        explained = filesystem.explained("temporary files cannot be written", self.prefix)
        with explained, open(path, "w", encoding="utf-8") as handle:
            handle.write(text)
        return path

    def run(
        self, argv: Sequence[str], env: Mapping[str, str], lines: Sequence[str] = (), debug_log: str = ""
    ) -> CommandResult:
        """Run a command until it succeeds, repeating it after network faults only.

        :param lines: requirement lines for its standard input.
        :param debug_log: file with more of the installer's output, which tells network faults from missing versions.
        :raises ModelEnvError: it failed for good, or the time is up.
        """
        secrets = [*self.secrets, *secrets_in([*lines, *self.options.constraints])]
        self.command = masked(shlex.join(argv))
        for repetition in range(self.options.retries + 1):
            self._commands += 1
            self._repetitions += bool(repetition)
            with open_log(self._log) as log:
                log.write(self._header(lines, secrets))
                log.flush()
                result = self._start(argv, env, lines, log, secrets)
                answers = self._answers(result, debug_log)
                log.write(_masked(answers, secrets).encode())
            if result.rc == 0:
                return result
            if result.timed_out:
                raise self._timeout()
            output = "\n".join((result.stdout, result.stderr, answers))
            known = bool(self.settings.secrets())
            failure = self._parser.explain(output, lines, self.options.constraints, credentials=known)
            pause = self._pause(repetition)
            if failure.kind != NETWORK or repetition == self.options.retries:
                raise self._error(failure, secrets)
            if self._remaining(pause) == 0.0:
                raise self._timeout()
            self._context.sleep(pause)
        raise AssertionError("unreachable")

    def _start(
        self, argv: Sequence[str], env: Mapping[str, str], lines: Sequence[str], log: BinaryIO, secrets: Sequence[str]
    ) -> CommandResult:
        stdin = "".join(f"{line}\n" for line in lines) if lines else None
        try:
            return self._context.runner.run(
                argv, env=env, stdin=stdin, timeout=self._remaining(), log=log, secrets=secrets
            )
        except OSError as error:
            raise ModelEnvError(
                f"{self._name} cannot be started",
                where=self.prefix,
                why=str(error),
                todo=f"check that {argv[0]} is there and executable",
                kind="interpreter",
                log=self._log,
            ) from error

    def _remaining(self, after: float = 0.0) -> float | None:
        """Seconds left, less ``after``; None: no limit."""
        if self.options.total_timeout is None:
            return None
        return max(0.0, self.options.total_timeout - self.seconds - after)

    def _pause(self, repetition: int) -> float:
        """Twice as long each time, and 0.5 to 1.5 of that, so that a fleet does not knock in step."""
        doubled = self.options.retry_delay * 2.0**repetition
        return float(min(doubled, _LONGEST_PAUSE) * (0.5 + self._context.chance()))

    def _answers(self, result: CommandResult, debug_log: str) -> str:
        """What the debug log adds to a failure; the file itself is removed."""
        if not debug_log or not os.path.exists(debug_log):
            return ""
        try:
            if result.rc == 0:
                return ""
            with open(debug_log, encoding="utf-8", errors="replace") as handle:
                return self._parser.debug(result.stdout + result.stderr, handle.read())
        finally:
            os.unlink(debug_log)

    def _header(self, lines: Sequence[str], secrets: Sequence[str]) -> bytes:
        text = f"\n$ {self.command}\n" + "".join(f"    {line}\n" for line in lines)
        return _masked(text, secrets).encode()

    def _error(self, failure: Failure, secrets: Sequence[str]) -> ModelEnvError:
        def shown(text: str) -> str:
            return _masked(text, secrets)

        tried = f" ({self.attempts} attempts)" if failure.kind == NETWORK else ""
        details = {
            key: [shown(str(item)) for item in value] if isinstance(value, list) else shown(str(value))
            for key, value in failure.details.items()
        }
        return ModelEnvError(
            shown(f"{self._name} {failure.what}") + tried,
            where=self.prefix,
            why=shown(failure.why),
            todo=shown(failure.todo),
            kind=failure.kind,
            log=self._log,
            details={**details, "attempts": self.attempts, "command": self.command},
        )

    def _timeout(self) -> ModelEnvError:
        return ModelEnvError(
            f"{self._name} did not finish within {self.options.total_timeout:g} seconds",
            where=self.prefix,
            why="the network or the builds are slower than the limit allows",
            todo="raise total_timeout, or see in the full output where the time went",
            kind="timeout",
            log=self._log,
            details={"attempts": self.attempts, "command": self.command},
        )


class BaseInstaller:
    """What installers do alike; see :class:`Installer` for the methods' meaning.

    :ivar name: in options, messages and receipts; also of the distribution that brings it.
    :ivar everywhere: whether every node can have it; False: there is none for some platforms.
    :ivar parser: reads what it says.
    :ivar no_venv: why an interpreter that says nothing about it cannot make a virtual environment, and what to do.
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
        """The command that runs it from a virtual environment of tools; () if it is not there."""
        program = os.path.join(folder, "bin", cls.name)
        return (program,) if os.access(program, os.X_OK) else ()

    @classmethod
    def on_path(cls, environ: Mapping[str, str]) -> tuple[str, ...]:
        """The command that runs it where there are no tools; () if the PATH has none."""
        program = shutil.which(cls.name, path=environ.get("PATH"))
        return (program,) if program else ()

    @classmethod
    def is_there(cls, tools: Tools) -> bool:
        """Whether it can work with these tools."""
        return bool(tools.command(cls.name))

    @staticmethod
    def variables(environ: Mapping[str, str], settings: pip_config.SourceSettings, tmpdir: str) -> dict[str, str]:
        """The environment of its process: the node's, and the source settings in its own words."""
        raise NotImplementedError

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
        before = state(prefix_of(python))
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
        """What became of the environment since ``before``."""
        found = origins.changes(before, state(session.prefix))
        return InstallResult(found, session.attempts, session.seconds, command, log)

    def _make_venv(self, session: Session, interpreter: str) -> None:
        """Make a virtual environment at the session's prefix."""
        raise NotImplementedError

    def _uninstall(self, session: Session, python: str, names: Sequence[str]) -> None:
        """Remove distributions that are there."""
        raise NotImplementedError


def state(prefix: str) -> dict[str, tuple[str, str]]:
    """What is installed in an environment: canonical name -> identity."""
    return {name: origins.identity(d.version, d.origin) for name, d in site_packages.read(prefix).items()}


def prefix_of(python: str) -> str:
    """The environment's folder, from the path of its interpreter."""
    return os.path.dirname(os.path.dirname(python))


def _masked(text: str, secrets: Sequence[str]) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "********")
    return masked(text)
