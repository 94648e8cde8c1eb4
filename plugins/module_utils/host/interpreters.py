# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python interpreters of the node: which there are, and the one that a spec wants."""

from __future__ import annotations

import glob
import json
import os
import sys
from dataclasses import dataclass
from typing import Iterator, Mapping

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import Version
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner

# Where interpreters lie that are not on the PATH of a non-interactive connection.
_FOLDERS = (
    "/usr/local/bin",
    "/usr/bin",
    "/opt/python*/bin",
    "/opt/python/*/bin",
    "~/.pyenv/versions/*/bin",
    "~/.local/share/uv/python/*/bin",
    "/opt/conda/bin",
)
_PROBE = (
    "import importlib.util as u, json, sys; "
    "print(json.dumps({'version': '%d.%d.%d' % sys.version_info[:3], 'base': sys.base_prefix, 'prefix': sys.prefix, "
    "'venv': u.find_spec('venv') is not None, 'ensurepip': u.find_spec('ensurepip') is not None, "
    "'pip': u.find_spec('pip') is not None}))"
)
_PROBE_SECONDS = 20
_TOOLS_MINIMUM = Version("3.9")  # of the pinned pip


@dataclass(frozen=True)
class Interpreter:
    """One Python of the node.

    :ivar path: the executable.
    :ivar version: ``X.Y.Z``.
    :ivar venv: whether the ``venv`` module is there.
    :ivar ensurepip: whether ``ensurepip`` is there (Debian ships it in a package of its own).
    :ivar pip: whether it can import pip.
    """

    path: str
    version: str
    venv: bool
    ensurepip: bool
    pip: bool

    def satisfies(self, wanted: str) -> bool:
        """Whether this is ``wanted``: ``X.Y``, or exactly ``X.Y.Z``."""
        return self.version == wanted or self.version.startswith(wanted + ".")


class Interpreters:
    """Finds interpreters by running them; nothing is believed of a file's name alone.

    :param runner: starts the candidates.
    :param explicit: version (``X.Y`` or ``X.Y.Z``) to path, from the operator; these are tried first.
    """

    def __init__(self, runner: Runner, explicit: Mapping[str, str] | None = None) -> None:
        self._runner = runner
        self._explicit = dict(explicit or {})
        self._known: dict[str, Interpreter | None] = {}

    def find(self, wanted: str) -> Interpreter:
        """The interpreter that a spec's ``python`` names.

        :param wanted: ``X.Y`` or ``X.Y.Z``.
        :raises ModelEnvError: kind ``interpreter``; lists what the node has.
        """
        for path in self._candidates(wanted):
            found = self._probe(path)
            if found is not None and found.satisfies(wanted):
                return found
        seen = sorted({f"{i.version} ({i.path})" for i in self._known.values() if i is not None})
        raise ModelEnvError(
            f"this node has no Python {wanted}",
            why="it has " + (", ".join(seen) if seen else "none that runs"),
            todo=f"install Python {wanted}, name its path with the option `interpreters`: "
            f"{{'{wanted}': /path/to/python}}, "
            "or change the spec's python",
            kind="interpreter",
            details={"wanted": wanted, "found": seen},
        )

    def any_with_pip(self) -> Interpreter:
        """An interpreter that can make a virtual environment with pip in it, for the tools.

        :raises ModelEnvError: kind ``interpreter``; says which operating system package is missing.
        """
        fallback: Interpreter | None = None
        for path in self._tool_candidates():
            found = self._probe(path)
            if found is None or not found.venv or Version(found.version) < _TOOLS_MINIMUM:
                continue
            if found.ensurepip:
                return found
            if found.pip:
                fallback = fallback or found
        if fallback is not None:
            return fallback
        raise ModelEnvError(
            "no Python of this node can make a virtual environment with pip",
            why="the modules venv and ensurepip are packaged separately on Debian and Ubuntu, and are missing here",
            todo="install python3-venv (or run with become, so that the role build_deps installs it)",
            kind="interpreter",
        )

    def _tool_candidates(self) -> Iterator[str]:
        yield sys.executable
        yield from self._explicit.values()
        yield from self._named(("python3", "python3.12", "python3.11", "python3.10", "python3.13", "python3.9"))

    def _candidates(self, wanted: str) -> Iterator[str]:
        for version, path in self._explicit.items():
            if version == wanted or wanted.startswith(version + ".") or version.startswith(wanted + "."):
                yield path
        minor = ".".join(wanted.split(".")[:2])
        yield from self._named((f"python{minor}", "python3"))
        yield sys.executable

    @staticmethod
    def _named(names: tuple[str, ...]) -> Iterator[str]:
        folders = [f for f in os.environ.get("PATH", "").split(os.pathsep) if f]
        for pattern in _FOLDERS:
            folders.extend(sorted(glob.glob(os.path.expanduser(pattern)), reverse=True))
        for name in names:
            for folder in dict.fromkeys(folders):
                # pyenv's shims answer only for versions selected by hand, half a second each.
                if not folder.endswith("/shims"):
                    yield os.path.join(folder, name)

    def _probe(self, path: str) -> Interpreter | None:
        if path not in self._known:
            self._known[path] = self._run_probe(path) if os.access(path, os.X_OK) else None
        return self._known[path]

    def _run_probe(self, path: str) -> Interpreter | None:
        try:
            result = self._runner.run([path, "-I", "-c", _PROBE], timeout=_PROBE_SECONDS)
            facts = json.loads(result.stdout)
        except (OSError, ValueError):
            return None
        # An environment made from another environment dies with it: take the interpreter underneath.
        if facts["prefix"] != facts["base"]:
            minor = ".".join(facts["version"].split(".")[:2])
            base = os.path.join(facts["base"], "bin", f"python{minor}")
            return self._probe(base) if base != path else None
        return Interpreter(path, facts["version"], facts["venv"], facts["ensurepip"], facts["pip"])
