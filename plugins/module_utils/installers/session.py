# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One piece of work of an installer: its commands with attempts, a log, a time limit and errors."""

from __future__ import annotations

import os
import random
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.logfile import open_log
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import (
    with_options,
    with_own,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    InstallOptions,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.installers.output import NETWORK, Failure, Parser
from ansible_collections.portable.model_env.plugins.module_utils.masking import (
    conceal,
    conceal_environment,
    masked,
    secrets_in,
)
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config, pip_config_files

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
        self.settings = with_options(settings, options)
        self.environ = {**context.environ, **options.environment}
        conceal_environment(self.environ)
        conceal(*options.secrets, *self.settings.secrets(), *secrets_in(options.constraints))

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
        merged = with_own(values, self.options.environment)
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
        conceal(*secrets_in(lines))
        self.command = masked(shlex.join(argv))
        for repetition in range(self.options.retries + 1):
            self._commands += 1
            self._repetitions += bool(repetition)
            with open_log(self._log) as log:
                log.write(self._header(lines))
                log.flush()
                result = self._start(argv, env, lines, log)
                answers = self._answers(result, debug_log)
                log.write(answers.encode())
            if result.rc == 0:
                return result
            if result.timed_out:
                raise self._timeout()
            output = "\n".join((result.stdout, result.stderr, answers))
            known = bool(self.settings.secrets())
            failure = self._parser.explain(output, lines, self.options.constraints, credentials=known)
            pause = self._pause(repetition)
            if failure.kind != NETWORK or repetition == self.options.retries:
                raise self._error(failure)
            if self._remaining(pause) == 0.0:
                raise self._timeout()
            self._context.sleep(pause)
        raise AssertionError("unreachable")

    def _start(self, argv: Sequence[str], env: Mapping[str, str], lines: Sequence[str], log: BinaryIO) -> CommandResult:
        stdin = "".join(f"{line}\n" for line in lines) if lines else None
        try:
            return self._context.runner.run(argv, env=env, stdin=stdin, timeout=self._remaining(), log=log)
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

    def _header(self, lines: Sequence[str]) -> bytes:
        text = f"\n$ {self.command}\n" + "".join(f"    {line}\n" for line in lines)
        return text.encode()

    def _error(self, failure: Failure) -> ModelEnvError:
        tried = f" ({self.attempts} attempts)" if failure.kind == NETWORK else ""
        details = {
            key: [str(item) for item in value] if isinstance(value, list) else str(value)
            for key, value in failure.details.items()
        }
        return ModelEnvError(
            f"{self._name} {failure.what}{tried}",
            where=self.prefix,
            why=failure.why,
            todo=failure.todo,
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
