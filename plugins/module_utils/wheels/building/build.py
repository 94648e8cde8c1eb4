# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles one wheel: build environment, source, compilers, attempts, proof.

::

    <root>/build/<slug>/env/      torch, the build tools and, where need be, the CUDA compiler
    <root>/build/<slug>/source/   the source; what is compiled stays in it, so that a killed build goes on
    <root>/build/<slug>/tmp/      TMPDIR: on the filesystem of the source, as setup.py renames its wheel across folders
    <root>/build/<slug>/dist/     the wheel
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem, processes
from ansible_collections.portable.model_env.plugins.module_utils.host.cgroup import ControlGroups
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.status import StatusFile
from ansible_collections.portable.model_env.plugins.module_utils.installers import site_packages
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import online
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions, Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.registry import AUTO, NATIVE, make_installer
from ansible_collections.portable.model_env.plugins.module_utils.requirements.wheel_names import python_of
from ansible_collections.portable.model_env.plugins.module_utils.wheels import torch_facts
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import (
    cuda_compiler,
    cuda_wheels,
    dead_ends,
    prove_wheel,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import jobs as build_jobs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.compile import Compiling
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.cuda_compiler import (
    CudaCompilers,
    Nvcc,
)
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.dead_ends import Situation
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.source import WheelSource
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import CPU, WheelKey
from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import known_extension


@dataclass(frozen=True)
class WheelRequest:
    """What is to be built.

    :ivar key: what for; its architectures are compiled for.
    :ivar torch: the requirements of the torch that it is for, e.g. ``torch==2.11.0``.
    :ivar url: git repository, where the key has a commit.
    :ivar sha256: of the sdist; "": as the index says.
    :ivar environment: further variables for setup.py.
    """

    key: WheelKey
    torch: Sequence[str]
    url: str = ""
    sha256: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WheelBuildSettings:
    """How wheels are built on this node.

    :ivar installer: ``pip``, ``uv`` or ``auto`` (uv where the platform has it).
    :ivar build_tools: pinned requirements that setup.py needs beside torch.
    :ivar interpreters: version to path, from the operator.
    :ivar options: where packages come from, retries, and the time limit of an installation.
    :ivar max_jobs: compilers at once; 0: as many as the granted cores and memory allow.
    :ivar gib_per_job: memory of one compiler in GiB; 0: what is known of the package.
    :ivar time_limit: seconds for all attempts to compile; 0: none.
    """

    installer: str = AUTO
    build_tools: Sequence[str] = ()
    interpreters: Mapping[str, str] = field(default_factory=dict)
    options: InstallOptions = field(default_factory=InstallOptions)
    max_jobs: int = 0
    gib_per_job: float = 0.0
    time_limit: float = 0.0


@dataclass(frozen=True)
class Built:
    """A wheel that was compiled and proven.

    :ivar key: what it is for: the wanted key with this node's C library.
    :ivar path: the file, in the build folder.
    :ivar facts: for the wheelhouse: ``seconds``, ``jobs``, ``attempts``, ``tools``, ``compilers``, ...
    """

    key: WheelKey
    path: str
    facts: dict[str, Any]


class WheelBuild:
    """One wheel in the making, in one folder.

    :param folder: ``<root>/build/<slug>``.
    :param store: uv's cache; "": none.
    :param environ: the node's environment.
    :param log: path of the log.
    """

    def __init__(
        self,
        runner: Runner,
        folder: str,
        request: WheelRequest,
        settings: WheelBuildSettings,
        *,
        store: str,
        environ: Mapping[str, str],
        status: StatusFile,
        log: str,
    ) -> None:
        self._runner = runner
        self._folder = folder
        self._request = request
        self._settings = settings
        self._store = store
        self._environ = environ
        self._status = status
        self._log = log
        self._groups = ControlGroups()
        self._compilers = CudaCompilers(runner, environ)
        self._env = os.path.join(folder, "env")
        self._python = os.path.join(self._env, "bin", "python")
        known = known_extension(request.key.package)
        self._known = replace(known, gib_per_job=settings.gib_per_job or known.gib_per_job)

    def refuse_early(self) -> None:
        """Refuse what cannot work, as far as it is known before anything is installed.

        :raises ModelEnvError: kind ``dead_end``.
        """
        dead_ends.refuse(self._situation(self._nvcc_of_node()))

    def run(self, tools: Tools) -> Built:
        """Build it, going on where an earlier run was killed.

        :param tools: pip and uv.
        :raises ModelEnvError: it cannot be built; what was compiled stays.
        """
        processes.kill_orphans(os.path.join(self._folder, "tmp"))
        filesystem.remove_tree(os.path.join(self._folder, "tmp"))
        with filesystem.run_folder(os.path.join(self._folder, "tmp")) as tmpdir:
            nvcc = self._nvcc_of_node()
            with self._phase("installing torch and the build tools"):
                self._install(tools, nvcc, tmpdir)
            facts = torch_facts.read(self._runner, self._python, self._environ)
            here = WheelKey.from_facts(
                facts, self._request.key.package, self._request.key.version, self._request.key.commit,
                self._request.key.archs,
            )  # fmt: skip
            nvcc = nvcc or self._nvcc_of_wheels()
            self._refuse(here, nvcc)
            variables = self._variables(nvcc)
            with self._phase("fetching the source"):
                source = self._source(tools, variables, tmpdir)
            dist = os.path.join(self._folder, "dist")
            filesystem.remove_tree(dist)
            os.makedirs(dist)
            grant = self._groups.grant()
            jobs = build_jobs.plan(
                grant.cores, grant.memory, self._known.gib_per_job, len(here.archs), self._settings.max_jobs
            )
            compiling = Compiling(
                self._runner, self._groups, here, source, self._status, self._log, self._settings.time_limit
            )
            environment = self._environment(variables, tmpdir)
            done = compiling.run(NATIVE.compile_command(tools, self._python, source, dist), environment, jobs)
            with self._phase("proving the wheel"):
                wheel = prove_wheel.only_wheel(dist, here)
                libraries = prove_wheel.prove_loads(self._runner, self._python, wheel, here, self._environ, tmpdir)
        return Built(here, wheel, {**done, "libraries": libraries, "memory": grant.memory, **self._made_with(nvcc)})

    def _install(self, tools: Tools, nvcc: Nvcc | None, tmpdir: str) -> None:
        name = self._settings.installer
        installer = make_installer(name, tools, self._runner, self._environ, store=self._store)
        if not os.access(self._python, os.X_OK):
            filesystem.remove_tree(self._env)
            python = python_of(self._request.key.python_tag)
            interpreter = Interpreters(self._runner, self._settings.interpreters).find(python)
            installer.create_venv(self._env, interpreter.path, tmpdir=tmpdir, log=self._log)
        wanted = [*self._request.torch, *self._settings.build_tools]
        if self._gpu and nvcc is None:
            wanted += cuda_wheels.requirements(self._request.key.cuda)
        installer.install(self._python, wanted, self._settings.options, tmpdir=tmpdir, log=self._log)

    def _source(self, tools: Tools, variables: Mapping[str, str], tmpdir: str) -> str:
        path = os.path.join(self._folder, "source")
        source = WheelSource(self._runner, tools, self._environ, variables, self._log)
        key = self._request.key
        if key.commit:
            source.from_git(self._request.url, key.commit, path, tmpdir)
        else:
            source.from_index(key, self._request.sha256, self._python, path, self._settings.options, tmpdir)
        return path

    @property
    def _gpu(self) -> bool:
        return self._request.key.cuda != CPU

    @property
    def _cuda(self) -> str:
        cuda = self._request.key.cuda
        return f"{cuda[:-1]}.{cuda[-1]}"

    @property
    def _site(self) -> str:
        python = python_of(self._request.key.python_tag)
        return os.path.join(self._env, "lib", f"python{python}", "site-packages")

    def _nvcc_of_node(self) -> Nvcc | None:
        return self._compilers.of_node(self._cuda) if self._gpu else None

    def _nvcc_of_wheels(self) -> Nvcc | None:
        found = self._compilers.of_wheels(self._site, self._request.key.cuda) if self._gpu else None
        if found is not None:
            with filesystem.explained("links for the linker cannot be made", self._folder):
                cuda_compiler.link_libraries(found, os.path.join(self._folder, "lib"))
        return found

    def _situation(self, nvcc: Nvcc | None) -> Situation:
        found = nvcc or Nvcc("", "")
        return Situation(
            self._request.key,
            cxx=self._compilers.cxx(),
            nvcc=found.version,
            nvcc_path=found.path if nvcc else "",
            nvcc_archs=found.archs,
            memory=self._groups.grant().memory,
            gib_per_job=self._known.gib_per_job,
        )

    def _refuse(self, here: WheelKey, nvcc: Nvcc | None) -> None:
        """Refuse what cannot work, now that the build environment can be looked at."""
        installed = frozenset(site_packages.read(self._env))
        standard = torch_facts.cxx_standard(self._site)
        dead_ends.refuse(replace(self._situation(nvcc), here=here, installed=installed, torch_standard=standard))

    def _variables(self, nvcc: Nvcc | None) -> dict[str, str]:
        """What setup.py is told beside the jobs."""
        key, known = self._request.key, self._known
        found = dict(known.force)
        path = [os.path.join(self._env, "bin"), self._environ.get("PATH", os.defpath)]
        if nvcc is not None:
            for name, value in cuda_compiler.variables(nvcc, os.path.join(self._folder, "lib")).items():
                if name == "PATH":
                    path.insert(1, value)
                else:
                    found[name] = os.pathsep.join(filter(None, [value, self._inherited(name)]))
        if key.archs and known.archs_variable:
            found[known.archs_variable] = known.archs_join.join(key.archs)
        elif key.archs:
            found["TORCH_CUDA_ARCH_LIST"] = ";".join(f"{arch[:-1]}.{arch[-1]}" for arch in key.archs)
        return {**found, "PATH": os.pathsep.join(path), **self._request.environment}

    def _inherited(self, name: str) -> str:
        """What stays of the node's own value of a search path."""
        return self._environ.get(name, "") if name in ("CPATH", "LIBRARY_PATH") else ""

    def _environment(self, variables: Mapping[str, str], tmpdir: str) -> dict[str, str]:
        return {**online(self._environ, tmpdir), **variables}

    def _made_with(self, nvcc: Nvcc | None) -> dict[str, Any]:
        installed = site_packages.read(self._env)
        named = {*self._known.needs, "torch", *(line.partition("==")[0] for line in self._settings.build_tools)}
        compilers = {"c++": self._compilers.version_of(self._compilers.cxx())}
        if nvcc is not None:
            compilers["nvcc"] = f"{nvcc.version} ({'wheels' if nvcc.wheels else nvcc.path})"
        return {
            "tools": {name: installed[name].version for name in sorted(named) if name in installed},
            "compilers": compilers,
        }

    @contextmanager
    def _phase(self, phase: str) -> Iterator[None]:
        self._status.phase(f"{self._request.key.package}: {phase}")
        yield
