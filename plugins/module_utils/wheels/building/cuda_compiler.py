# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compilers of a build: the node's g++, and an nvcc that fits torch's CUDA, from the node or from wheels."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import cuda_wheels

_SECONDS = 60.0
_TOOLKITS = "/usr/local/cuda*"


@dataclass(frozen=True)
class Nvcc:
    """One CUDA compiler.

    :ivar home: its toolkit (``CUDA_HOME``).
    :ivar version: e.g. ``13.0``.
    :ivar archs: architectures that it compiles for, e.g. ``90``.
    :ivar wheels: whether it came as wheels; those have no ``lib64`` and no development links.
    """

    home: str
    version: str
    archs: tuple[str, ...] = field(default=(), compare=False)
    wheels: bool = False

    @property
    def path(self) -> str:
        """The executable."""
        return os.path.join(self.home, "bin", "nvcc")


class CudaCompilers:
    """Finds them.

    :param environ: ``CUDA_HOME``, ``CUDA_PATH`` and ``PATH`` count.
    :param toolkits: pattern of the folders where toolkits lie.
    """

    def __init__(self, runner: Runner, environ: Mapping[str, str], toolkits: str = _TOOLKITS) -> None:
        self._runner = runner
        self._environ = environ
        self._toolkits = toolkits

    def cxx(self) -> str:
        """Path of the C++ compiler that torch will take; "" if there is none."""
        return shutil.which(self._environ.get("CXX", "") or "c++", path=self._environ.get("PATH")) or ""

    def of_node(self, cuda: str) -> Nvcc | None:
        """The node's own compiler for torch's CUDA; None if it has none.

        The same CUDA version is the best, then another of the same major, which torch takes with a warning. What
        ``CUDA_HOME`` or ``CUDA_PATH`` names is taken whatever it is: then the operator has chosen.

        :param cuda: torch's, e.g. ``13.0``.
        """
        for name in ("CUDA_HOME", "CUDA_PATH"):
            chosen = self.read(self._environ.get(name, ""))
            if chosen is not None:
                return chosen
        found = [nvcc for nvcc in map(self.read, self._homes()) if nvcc is not None]
        same = [nvcc for nvcc in found if nvcc.version == cuda]
        near = [nvcc for nvcc in found if nvcc.version.partition(".")[0] == cuda.partition(".")[0]]
        return next(iter(same + near), None)

    def of_wheels(self, site: str, cuda: str) -> Nvcc | None:
        """The compiler from wheels in an environment's ``site-packages``; None if it is not there.

        :param cuda: torch's without its dot, e.g. ``130``.
        """
        return self.read(os.path.join(site, *cuda_wheels.home(cuda).split("/")), wheels=True)

    def read(self, home: str, wheels: bool = False) -> Nvcc | None:
        """The compiler of one toolkit; None if there is none that runs."""
        path = os.path.join(home, "bin", "nvcc")
        if not home or not os.access(path, os.X_OK):
            return None
        said = self._say([path, "--version"])
        version = re.search(r"release (\d+\.\d+)", said)
        if not version:
            return None
        archs = re.findall(r"compute_(\d+)", self._say([path, "--list-gpu-arch"]))
        return Nvcc(home, version[1], tuple(archs), wheels)

    def version_of(self, path: str) -> str:
        """First line of what a compiler says of itself."""
        return (self._say([path, "--version"]).splitlines() or [""])[0]

    def _homes(self) -> list[str]:
        on_path = shutil.which("nvcc", path=self._environ.get("PATH"))
        homes = [os.path.dirname(os.path.dirname(os.path.realpath(on_path)))] if on_path else []
        # The newest first: /usr/local/cuda-13.0 before /usr/local/cuda-9.0, and before the link /usr/local/cuda.
        folders = sorted(glob.glob(self._toolkits), key=_numbers, reverse=True)
        return list(dict.fromkeys([*homes, *map(os.path.realpath, folders)]))

    def _say(self, argv: Sequence[str]) -> str:
        try:
            return self._runner.run(argv, env={**self._environ, "LC_ALL": "C"}, timeout=_SECONDS).stdout
        except OSError:
            return ""


def variables(nvcc: Nvcc, links: str) -> dict[str, str]:
    """What a build needs in its environment to find a compiler; ``PATH`` is only what comes first.

    :param links: folder of :func:`link_libraries`.
    """
    found = {"CUDA_HOME": nvcc.home, "PATH": os.path.join(nvcc.home, "bin")}
    if nvcc.wheels:
        # nvcc.profile of the wheels names these, but g++ compiles the C++ files without nvcc.
        include = os.path.join(nvcc.home, "include")
        found["CPATH"] = os.pathsep.join([include, os.path.join(include, "cccl")])
        found["LIBRARY_PATH"] = os.pathsep.join([os.path.join(nvcc.home, "lib"), links])
    return found


def link_libraries(nvcc: Nvcc, links: str) -> None:
    """Make the links that the linker wants (``libcudart.so``) and wheels do not have, in a folder of their own.

    :raises OSError: they cannot be made.
    """
    os.makedirs(links, exist_ok=True)
    for path in glob.glob(os.path.join(nvcc.home, "lib", "lib*.so.*")):
        link = os.path.join(links, os.path.basename(path).partition(".so.")[0] + ".so")
        if not os.path.lexists(link) and not os.path.exists(os.path.join(nvcc.home, "lib", os.path.basename(link))):
            os.symlink(path, link)


def _numbers(path: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", os.path.basename(path))]
