# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of a node: a virtual environment with pinned, hash-checked installers that builds the releases.

The environments themselves are made without ensurepip, and every node resolves with the same installer, whatever pip
its operating system ships.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreter, Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Tools
from ansible_collections.portable.model_env.plugins.module_utils.network import pip_config_files

_COMPLETE = "complete.json"
_TIMEOUT = 900.0


class Toolbox:
    """Finds or makes the tools.

    :param runner: starts commands.
    :param folder: where tools of all digests lie.
    :param lock: requirement lines with hashes, as ``uv pip compile --generate-hashes`` writes them.
    :param interpreters: finds a Python for them.
    :param environ: the node's environment; its pip configuration says where the tools come from.
    """

    def __init__(
        self, runner: Runner, folder: str, lock: str, interpreters: Interpreters, environ: Mapping[str, str]
    ) -> None:
        self._runner = runner
        self._lock = lock
        self._interpreters = interpreters
        self._environ = environ
        self._path = os.path.join(folder, hashlib.sha256(lock.encode()).hexdigest()[:12])

    def find(self) -> Tools | None:
        """The tools, if they are there, whole, and their interpreter still is."""
        facts = filesystem.read_json(os.path.join(self._path, _COMPLETE))
        if not isinstance(facts, dict) or not os.access(os.path.join(self._path, "bin", "python"), os.X_OK):
            return None
        return registry.tools_in(self._path)

    def ensure(self, tmpdir: str) -> Tools:
        """The tools, made if need be; the caller holds the root.

        :raises ModelEnvError: they cannot be made.
        """
        return self.find() or self._make(self._path, tmpdir)

    def temporary(self, tmpdir: str) -> Tools:
        """The tools for check mode: those that are there, else made below ``tmpdir`` and gone with it."""
        return self.find() or self._make(os.path.join(tmpdir, "tools"), tmpdir)

    def _make(self, path: str, tmpdir: str) -> Tools:
        interpreter = self._interpreters.any_with_pip()
        filesystem.remove_tree(path)
        try:
            self._make_venv(interpreter, path, tmpdir)
            self._install(interpreter, path, tmpdir)
            filesystem.write_json(os.path.join(path, _COMPLETE), {"python": interpreter.path})
        except BaseException:
            filesystem.remove_tree(path)
            raise
        return registry.tools_in(path)

    def _make_venv(self, interpreter: Interpreter, path: str, tmpdir: str) -> None:
        flags = [] if interpreter.ensurepip else ["--without-pip"]
        result = self._run([interpreter.path, "-I", "-m", "venv", *flags, path], tmpdir)
        if result.rc != 0:
            raise ModelEnvError(
                "the virtual environment of the tools cannot be made",
                where=path,
                why=_last_line(result),
                todo=f"run {interpreter.path} -m venv by hand on the node, or install python3-venv",
                kind="interpreter",
            )

    def _install(self, interpreter: Interpreter, path: str, tmpdir: str) -> None:
        lock = self._lock
        result = self._pip_install(interpreter, path, tmpdir, lock)
        for name in registry.NAMES:
            missing = rf"No matching distribution found for {name}\b"
            if result.rc == 0 or registry.INSTALLERS[name].everywhere:
                continue
            if re.search(missing, result.stdout + result.stderr):
                # None for this platform: another installer does the work there.
                lock = without(lock, name)
                result = self._pip_install(interpreter, path, tmpdir, lock)
        if result.rc != 0:
            raise ModelEnvError(
                "the tools (the pinned installers) cannot be installed",
                where=path,
                why="it took too long" if result.timed_out else _last_line(result),
                todo="check that the node reaches a package index that has them (`pip config list` on the node shows "
                "which one is asked), or name another lock with the option `tools_lock`",
                kind="network",
                details={"output": (result.stdout + result.stderr)[-4000:]},
            )

    def _pip_install(self, interpreter: Interpreter, path: str, tmpdir: str, lock: str) -> CommandResult:
        python = os.path.join(path, "bin", "python")
        name = registry.NATIVE.name
        outside = {} if interpreter.ensurepip else {name: (interpreter.path, "-I", "-m", name)}
        native = registry.NATIVE.command(Tools(commands=outside), python)
        # Only options that the pip of an old ensurepip (20.3 on Debian 11) knows as well.
        options = ["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        return self._run([*native, "install", *options, "--only-binary=:all:", "-r", "/dev/stdin"], tmpdir, lock)

    def _run(self, argv: list[str], tmpdir: str, stdin: str | None = None) -> CommandResult:
        settings = pip_config_files.read(self._environ)
        environment = registry.NATIVE.variables(self._environ, settings, tmpdir)
        return self._runner.run(argv, env=environment, stdin=stdin, timeout=_TIMEOUT)


def without(lock: str, name: str) -> str:
    """A lock without the entry of one distribution: its line and the continuation lines after it."""
    kept, skipping = [], False
    for line in lock.splitlines():
        if not line[:1].isspace():
            skipping = bool(re.match(rf"{re.escape(name)}\s*==", line))
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _last_line(result: CommandResult) -> str:
    lines = [line.strip() for line in (result.stdout + "\n" + result.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else f"it ended with status {result.rc}"
