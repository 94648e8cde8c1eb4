# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environment that the module pip manages: is it there, does it fit, and how it is replaced."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem, processes
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters

_OTHER_PYTHON = "install it, or name another one with the option `virtualenv_python`"
_PROBE = "import json, os, sys; print(json.dumps(os.path.realpath(getattr(sys, '_base_executable', sys.executable))))"
_PROBE_SECONDS = 20
_OLD = 86400.0  # seconds


class Virtualenv:
    """One virtual environment at a fixed path.

    :param path: absolute.
    :param runner: starts interpreters.
    """

    def __init__(self, path: str, runner: Runner) -> None:
        if not os.path.isabs(path):
            raise ModelEnvError(
                f"virtualenv {path!r} is not an absolute path", todo="give a path from /", kind="invalid"
            )
        self.path = os.path.normpath(path)
        self._runner = runner
        folder, name = os.path.split(self.path)
        # Names that nobody else gives to anything, because what is found under them is removed.
        own = os.path.join(folder, f".{name}.model_env")
        self._aside = f"{own}-old"  # the environment that is being replaced
        self._building = f"{own}-building"  # there while the new one is not finished
        self._temporary = f"{own}-tmp-"  # what the folder for temporary files of a run begins with
        self._looking = f"{own}-check-"  # likewise of a check run

    @property
    def python(self) -> str:
        """Path of its interpreter."""
        return os.path.join(self.path, "bin", "python")

    @property
    def exists(self) -> bool:
        """Whether there is a virtual environment, working or not.

        :raises ModelEnvError: something else is in the way.
        """
        if os.path.exists(os.path.join(self.path, "pyvenv.cfg")):
            return True
        if os.path.lexists(self.path) and (not os.path.isdir(self.path) or os.listdir(self.path)):
            raise ModelEnvError(
                f"{self.path} is in the way: it is not a virtual environment",
                why="it has no pyvenv.cfg",
                todo="choose another path, or move it away",
                kind="invalid",
            )
        return False

    def misfit(self, wanted: str) -> str:
        """Why it must be built anew, in a clause; "" if it can stay.

        :param wanted: interpreter: a version, a name or a path; "": any that works.
        """
        settings = self._settings()
        if not os.access(self.python, os.X_OK):
            return "its interpreter is gone"
        if settings.get("include-system-site-packages", "false").lower() == "true":
            return "it sees the system's site packages"
        if not wanted:
            return ""
        found = settings.get("version") or settings.get("version_info", "")
        if _is_version(wanted):
            fits = found == wanted or found.startswith(wanted + ".")
            return "" if fits else f"its Python is {found or 'unknown'}, wanted is {wanted}"
        base = self.interpreter(wanted)
        current = os.path.realpath(self.python)
        return "" if current == os.path.realpath(base) else f"its Python is {current}, wanted is {base}"

    def interpreter(self, wanted: str) -> str:
        """Path of the interpreter that ``wanted`` names; "": the one that runs this module.

        :raises ModelEnvError: kind ``interpreter``; there is none.
        """
        if _is_version(wanted):
            try:
                return Interpreters(self._runner).find(wanted).path
            except ModelEnvError as error:
                raise error.with_(todo=_OTHER_PYTHON) from error
        path = shutil.which(wanted) if wanted else sys.executable
        try:
            if path:
                # An environment made from another environment would die with it: take what is underneath.
                result = self._runner.run([path, "-I", "-c", _PROBE], timeout=_PROBE_SECONDS)
                return str(json.loads(result.stdout))
        except (OSError, ValueError):
            pass
        raise ModelEnvError(
            f"this node has no Python {wanted}",
            why="there is no such executable, or it does not run",
            todo=_OTHER_PYTHON,
            kind="interpreter",
        )

    @contextlib.contextmanager
    def replaced(self) -> Iterator[None]:
        """Within, the path is free for a new environment. If that fails, the old one is back afterwards.

        A virtual environment cannot be built elsewhere and moved here, because its scripts hold its path. The order of
        the steps lets :meth:`recover` tell after a kill what has to go.
        """
        old = os.path.lexists(self.path)
        if old:
            os.rename(self.path, self._aside)
        with open(self._building, "w", encoding="ascii"):
            pass
        try:
            yield
        except BaseException:
            self._restore()
            raise
        os.unlink(self._building)
        filesystem.remove_tree(self._aside)

    def recover(self) -> None:
        """Put right what a killed run left: an old environment comes back, leftovers go. Needs the hold."""
        processes.kill_orphans(self._temporary)
        if os.path.lexists(self._building) or not os.path.lexists(self.path):
            self._restore()
        filesystem.remove_tree(self._aside)
        for leftover in glob.glob(f"{glob.escape(self._temporary)}*"):
            filesystem.remove_tree(leftover)
        for leftover in glob.glob(f"{glob.escape(self._looking)}*"):
            # Check runs hold nothing: only an old folder is certain to be nobody's.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - os.path.getmtime(leftover) > _OLD:
                    filesystem.remove_tree(leftover)

    def _restore(self) -> None:
        if os.path.lexists(self._building):
            filesystem.remove_tree(self.path)
        if os.path.lexists(self._aside):
            os.rename(self._aside, self.path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._building)

    @contextlib.contextmanager
    def temporary(self, check: bool = False) -> Iterator[str]:
        """A folder for temporary files on the environment's filesystem, so that no move in a build crosses devices.

        :param check: for a check run.
        """
        prefix = os.path.basename(self._looking if check else self._temporary)
        parent = filesystem.existing_parent(os.path.dirname(self.path))
        if not os.access(parent, os.W_OK | os.X_OK):
            parent = tempfile.gettempdir()  # only a check run comes so far there
        with filesystem.explained(f"no temporary folder can be made in {parent}", self.path):
            folder = tempfile.mkdtemp(prefix=prefix, dir=parent)
        try:
            yield folder
        finally:
            filesystem.remove_tree(folder)

    def _settings(self) -> dict[str, str]:
        try:
            with open(os.path.join(self.path, "pyvenv.cfg"), encoding="utf-8", errors="replace") as handle:
                pairs = (line.partition("=") for line in handle)
                return {key.strip().lower(): value.strip() for key, _equals, value in pairs}
        except OSError:
            return {}


def _is_version(wanted: str) -> bool:
    return bool(re.fullmatch(r"\d+\.\d+(\.\d+)?", wanted))
