# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system's packages on the node: reads which ones are there; installs nothing."""

from __future__ import annotations

import os
import re
from typing import Any, Iterable, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import os_package_names as names_of
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec

_SECONDS = 60.0


class OsPackages:
    """Asks the node's package manager.

    :param runner: starts ``dpkg-query`` or ``rpm``; at most one command a question.
    :param root: the folder that ``/etc/os-release`` and ``/usr/bin`` lie in; another one than ``/`` only in tests.
    """

    def __init__(self, runner: Runner, root: str = "/") -> None:
        self._runner = runner
        self._root = root

    def family(self) -> str:
        """Say which family the node is of: ``debian``, ``redhat``, ``suse``, or "" if none of them."""
        for path in ("etc/os-release", "usr/lib/os-release"):
            try:
                with open(os.path.join(self._root, path), encoding="utf-8", errors="replace") as file:
                    return names_of.family_of(file.read())
            except OSError:
                continue
        return ""

    def missing(self, names: Sequence[str]) -> list[str]:
        """Say which packages are not installed.

        :param names: what this node's family calls them.
        :returns: those that are missing, in the order given; none where the family is unknown.
        :raises ModelEnvError: the package manager's database cannot be read.
        """
        family = self.family()
        if not names or not family:
            return []
        if family == names_of.DEBIAN:
            result = self._ask(["dpkg-query", "--show", "--showformat", names_of.DPKG_FORMAT])
            if result.rc != 0:
                raise self._unreadable(result)
            return names_of.missing_from_dpkg(result.stdout, names)
        # A file is there or not, whichever package it is from.
        paths = [name for name in names if name.startswith("/")]
        absent = {path for path in paths if not os.path.exists(os.path.join(self._root, path.lstrip("/")))}
        asked = [name for name in names if name not in paths]
        if asked:
            result = self._ask(["rpm", "-q", "--whatprovides", *asked])
            # It ends with the number of those that it did not find. With a broken database it finds nothing either, and
            # says so on stderr only.
            if re.search("^error:", result.stderr, re.MULTILINE):
                raise self._unreadable(result)
            absent.update(names_of.missing_from_rpm(result.stdout, asked))
        return [name for name in names if name in absent]

    def wanted(self, packages: Iterable[Any], python_versions: Iterable[str]) -> list[str]:
        """Name, as this family does, packages and what the system's interpreters of some versions need for building.

        An interpreter that is not the operating system's (pyenv's, conda's, uv's) brings its headers and ``venv`` with
        it; so a version without ``/usr/bin/pythonX.Y`` needs nothing from here.

        :param packages: Debian names, or mappings of family to names.
        :param python_versions: ``X.Y`` or longer.
        """
        family = self.family()
        if not family:
            return []
        found = names_of.family_names(family, packages)
        default = self._default_python()
        for version in sorted({".".join(version.split(".")[:2]) for version in python_versions}):
            if os.path.exists(os.path.join(self._root, "usr/bin", f"python{version}")):
                found.extend(names_of.python_packages(family, version, default))
        return list(dict.fromkeys(found))

    def needed(self, specs: Iterable[Spec], venv_missing: bool = False) -> dict[str, Any]:
        """Say what building environments needs of the operating system.

        A compiler and headers are needed only where something is built from a source that the spec names; who installs
        wheels alone needs no root for them.

        :param specs: what is to be built.
        :param venv_missing: no Python of the node can make a virtual environment with pip.
        :returns: ``family``, ``missing`` (the family's names), and ``privileged`` (this process may install them).
        """
        specs = list(specs)
        building = [spec for spec in specs if spec.builds_sources]
        packages: list[Any] = list(names_of.BUILD_TOOLS) if building else []
        packages += [package for spec in specs for package in spec.system_packages]
        packages += ["git"] if any(spec.checkouts for spec in specs) else []
        packages += ["python3-venv"] if venv_missing else []
        return self.compare(self.wanted(packages, [spec.python for spec in building]))

    def compare(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what :meth:`needed` does, for names of this family."""
        return {"family": self.family(), "missing": self.missing(names), "privileged": os.geteuid() == 0}

    def _default_python(self) -> str:
        """Say which version ``/usr/bin/python3`` is ("" if unknown)."""
        target = os.path.realpath(os.path.join(self._root, "usr/bin/python3"))
        return os.path.basename(target)[len("python") :]

    def _ask(self, argv: list[str]) -> CommandResult:
        try:
            return self._runner.run(argv, env={**os.environ, "LC_ALL": "C"}, timeout=_SECONDS)
        except OSError as error:
            raise ModelEnvError(
                f"{argv[0]} cannot be started",
                why=str(error),
                todo="install the packages by hand and list none, or repair the node's package manager",
                kind="os_packages",
            ) from error

    @staticmethod
    def _unreadable(result: CommandResult) -> ModelEnvError:
        said = (result.stderr or result.stdout).strip().splitlines()
        return ModelEnvError(
            "the list of installed packages cannot be read",
            why=f"{result.argv[0]} ended with {result.rc}" + (f" and said: {said[-1]}" if said else ""),
            todo=f"run {result.argv[0]} on the node and repair its database",
            kind="os_packages",
        )
