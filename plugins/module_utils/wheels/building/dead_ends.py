# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that cannot come to a good end, known before the first file is compiled: one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.portable.model_env.plugins.module_utils import sizes
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import cuda_wheels
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building import jobs as build_jobs
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import CPU, WheelKey, libc_fits, mismatches
from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import known_extension


@dataclass(frozen=True)
class Situation:
    """What is known of a build on a node; None: not known yet.

    :ivar key: what is to be built.
    :ivar cxx: path of the C++ compiler; "": there is none.
    :ivar nvcc: CUDA of the compiler, e.g. ``13.0``; "": the node has none.
    :ivar nvcc_path: where it is.
    :ivar nvcc_archs: architectures that it compiles for, e.g. ``90``.
    :ivar torch_standard: the C++ standard that torch's headers ask for, e.g. ``17``.
    :ivar memory: bytes that the build may use.
    :ivar gib_per_job: memory of one compiler, in GiB.
    :ivar installed: canonical names of the distributions in the build environment.
    :ivar here: the key that the build environment itself answers.
    """

    key: WheelKey
    cxx: str | None = None
    nvcc: str | None = None
    nvcc_path: str = ""
    nvcc_archs: tuple[str, ...] = ()
    torch_standard: int | None = None
    memory: int | None = None
    gib_per_job: float = 0.0
    installed: frozenset[str] | None = None
    here: WheelKey | None = None

    @property
    def gpu(self) -> bool:
        """Whether code for GPUs is compiled."""
        return self.key.cuda != CPU

    @property
    def cuda(self) -> str:
        """CUDA of torch with its dot, e.g. ``13.0``."""
        return f"{self.key.cuda[:-1]}.{self.key.cuda[-1]}"

    @property
    def standard(self) -> int:
        """The C++ standard that the package's setup.py sets; 0: none."""
        return known_extension(self.key.package).cxx_standard

    @property
    def missing(self) -> list[str]:
        """What setup.py needs and the build environment lacks."""
        needs = known_extension(self.key.package).needs
        return [] if self.installed is None else sorted({*needs, "torch"} - self.installed)

    @property
    def unsupported(self) -> list[str]:
        """Architectures that nvcc does not know, as ``sm_90``."""
        return [f"sm_{arch}" for arch in self.key.archs if self.nvcc_archs and arch not in self.nvcc_archs]

    @property
    def without_kernels(self) -> list[str]:
        """GPUs that the package has no code for, as ``sm_75``."""
        archs = known_extension(self.key.package).archs
        return [f"sm_{arch}" for arch in self.key.archs if archs and arch not in archs]

    @property
    def needed(self) -> str:
        """The memory of one compiler, for people."""
        return sizes.shown(self.gib_per_job * sizes.GIB)

    @property
    def granted(self) -> str:
        """The memory that the build may use, for people."""
        return sizes.shown(self.memory or 0)

    @property
    def differences(self) -> str:
        """How the build environment's key differs from the wanted one.

        The C library has an entry of its own, and the C++11 ABI is only predicted: what the environment says is right.
        """
        if self.here is None:
            return ""
        found = mismatches(self.here, self.key)
        return "; ".join(clause for clause in found if not clause.startswith(("it needs ", "its C++11 ABI ")))


@dataclass(frozen=True)
class DeadEnd:
    """One of them. The texts may name properties of the situation, as ``{s.nvcc}``.

    :ivar source: where it is known from.
    """

    id: str
    applies: Callable[[Situation], bool]
    what: str
    why: str
    todo: str
    source: str


def _major(version: str) -> str:
    return version.partition(".")[0]


TABLE: tuple[DeadEnd, ...] = (
    DeadEnd(
        "no_cxx",
        lambda s: s.cxx == "",
        "{s.key.package} cannot be compiled: this node has no C++ compiler, and there is no wheel for it",
        "setup.py compiles C++ and links it, also where all kernels are CUDA",
        "install g++ (or run with become, so that the role build_deps does), name another build host, or give a wheel",
        "torch.utils.cpp_extension.get_cxx_compiler",
    ),
    DeadEnd(
        "no_nvcc",
        lambda s: s.gpu and s.nvcc == "" and not cuda_wheels.requirements(s.key.cuda),
        "{s.key.package} cannot be compiled: this node has no nvcc for CUDA {s.cuda}, and there is no wheel for it",
        "NVIDIA ships nvcc as wheels since CUDA 13.0 only",
        "install the CUDA toolkit {s.cuda} on the build host, name another build host, or give a wheel",
        "contents of nvidia-cuda-nvcc-cu12 12.4.131 and 12.9.86 (no nvcc) and nvidia-cuda-nvcc 13.0.88",
    ),
    DeadEnd(
        "cuda_major",
        lambda s: s.gpu and bool(s.nvcc) and _major(s.nvcc or "") != _major(s.cuda),
        "nvcc is of CUDA {s.nvcc} ({s.nvcc_path}), and torch of CUDA {s.cuda}",
        "torch refuses to compile with an nvcc of another CUDA major version",
        "set CUDA_HOME to a toolkit of CUDA {s.cuda}, or take nvcc off the PATH, so that the wheels' one is used",
        "torch.utils.cpp_extension._check_cuda_version",
    ),
    DeadEnd(
        "no_archs",
        lambda s: s.gpu and not s.key.archs and bool(known_extension(s.key.package).archs),
        "nobody says for which GPUs {s.key.package} is to be compiled",
        "setup.py would compile for every GPU that it knows, which takes hours more and may not fit this nvcc",
        "name them (archs in the key)",
        "setup.py of the package: the default of FLASH_ATTN_CUDA_ARCHS is 80;90;100;120",
    ),
    DeadEnd(
        "no_kernels",
        lambda s: bool(s.without_kernels),
        "{s.key.package} has no code for {s.without_kernels}",
        "its setup.py compiles for a fixed set of GPUs",
        "leave it out of the spec for hosts with these GPUs",
        "setup.py of the package (wheels/known.py, archs)",
    ),
    DeadEnd(
        "architecture",
        lambda s: bool(s.unsupported),
        "nvcc {s.nvcc} ({s.nvcc_path}) does not compile for {s.unsupported}",
        "the GPU is newer, or older, than this CUDA knows",
        "choose a torch whose CUDA knows these GPUs",
        "nvcc --list-gpu-arch",
    ),
    DeadEnd(
        "cxx_standard",
        lambda s: bool(s.standard and s.torch_standard and s.torch_standard > s.standard),
        "{s.key.package} {s.key.version} is compiled as C++{s.standard}, and the headers of torch {s.key.torch} need "
        "C++{s.torch_standard}",
        "setup.py sets the standard itself, and the headers stop every compiler that is told an older one",
        "choose an older torch, or a newer version of the package",
        "the #if __cplusplus in torch/csrc/api/include/torch/all.h of the torch that is installed (2.13: C++17, 2.14: "
        "C++20), and setup.py of the package",
    ),
    DeadEnd(
        "glibc",
        lambda s: s.here is not None and not libc_fits(s.here.libc, s.key.libc),
        "a wheel that is compiled here needs {s.here.libc}, and it is for nodes with {s.key.libc}",
        "what is linked against a newer C library does not load with an older one",
        "name a build host with {s.key.libc} or older",
        'the versions of symbols in glibc: users see "version `GLIBC_2.32\' not found"',
    ),
    DeadEnd(
        "another_environment",
        lambda s: bool(s.differences),
        "the build environment is not what the wheel is for: {s.differences}",
        "the index gave another build of torch, or this host has another Python",
        "check where this host gets torch from (`pip config list`), or name another build host",
        "the build environment itself (wheels/torch_facts.py)",
    ),
    DeadEnd(
        "memory",
        lambda s: s.memory is not None and not build_jobs.enough(s.memory, s.gib_per_job),
        "one compiler needs about {s.needed}, and this build may use {s.granted}",
        "the kernel would kill it, after hours",
        "give the build more memory, stop what uses it, or name another build host",
        "the memory that the control group grants (host/cgroup.py); measured for flash-attn: 1 to 3 GiB a compiler",
    ),
    DeadEnd(
        "build_tools",
        lambda s: bool(s.missing),
        "the build environment lacks {s.missing}",
        "setup.py imports them and nothing brings them, because it is built without isolation",
        "add them to the build tools (wheel_build: build_tools)",
        "setup.py of the package (wheels/known.py, needs)",
    ),
)


def find(situation: Situation) -> list[ModelEnvError]:
    """All dead ends that a build would run into, by what is known of it."""
    found = []
    for entry in TABLE:
        if entry.applies(situation):
            what, why, todo = (_filled(text, situation) for text in (entry.what, entry.why, entry.todo))
            where = situation.key.slug()
            found.append(
                ModelEnvError(what, where=where, why=why, todo=todo, kind="dead_end", details={"id": entry.id})
            )
    return found


def refuse(situation: Situation) -> None:
    """Refuse a build that would run into a dead end.

    :raises ModelEnvError: kind ``dead_end``; ``details`` lists the ids of all of them.
    """
    found = find(situation)
    if found:
        raise found[0].with_(details={"all": [error.details["id"] for error in found]})


def _filled(text: str, situation: Situation) -> str:
    class Shown:
        """Lists as people read them."""

        def __getattr__(self, name: str) -> object:
            value = getattr(situation, name)
            return ", ".join(value) if isinstance(value, list) else value

    return text.format(s=Shown())
