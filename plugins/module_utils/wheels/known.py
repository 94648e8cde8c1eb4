# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about packages that compile against torch: their variables, architectures and released wheels.

A package that is not listed is built by the rules of ``torch.utils.cpp_extension`` (``TORCH_CUDA_ARCH_LIST``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import (
    InvalidVersion,
    Version,
)


@dataclass(frozen=True)
class ReleasedWheels:
    """How the wheels that a project releases are named from one version on.

    :ivar since: the first version that names them so.
    :ivar cuda: CUDA major of torch -> what stands behind ``cu``; "": for every other major.
    :ivar glibc: glibc of the machine that compiled them ("" if unknown).
    """

    since: str
    cuda: Mapping[str, str]
    glibc: str = ""


@dataclass(frozen=True)
class KnownExtension:
    """One package.

    :ivar force: variables that keep its setup.py from fetching a wheel of its own choice.
    :ivar archs_variable: names the architectures to compile for, as ``90`` joined by ``archs_join``; "": as torch does.
    :ivar archs_since: first version that reads it; versions before compile for ``archs_before`` whatever is asked for.
    :ivar archs: those that it has kernels for; empty: any.
    :ivar cxx_standard: the C++ standard that its setup.py sets, e.g. ``17``; 0: torch's own default.
    :ivar gib_per_job: memory of one compiler process with one thread, in GiB.
    :ivar needs: distributions that its setup.py needs beside torch.
    :ivar requires: what it requires when it is used, which a source that needs torch to be read cannot say.
    :ivar modules: what is imported as proof; empty: the package's name.
    :ivar url: of a released wheel, with ``{version}`` and ``{name}``; "": none are released.
    :ivar released: how they are named, oldest first.
    """

    force: Mapping[str, str] = field(default_factory=dict)
    archs_variable: str = ""
    archs_join: str = ";"
    archs_since: str = "0"
    archs_before: tuple[str, ...] = ()
    archs: tuple[str, ...] = ()
    cxx_standard: int = 0
    gib_per_job: float = 3.0
    needs: tuple[str, ...] = ("setuptools", "wheel")
    requires: tuple[str, ...] = ("torch",)
    modules: tuple[str, ...] = ()
    url: str = ""
    released: tuple[ReleasedWheels, ...] = ()


# Source of all: setup.py and .github/workflows/publish.yml of Dao-AILab/flash-attention at the tags v2.5.8 to
# v2.8.3.post1, and setup.py of the sdist 2.8.3.post2.
# - get_wheel_url(): the CUDA of the name. CUDA 13 has a name of its own since 2.8.3.post1 (#2618); before, a torch of
#   CUDA 13 is given a wheel of CUDA 12, which cannot work.
# - publish.yml: ubuntu-20.04 (glibc 2.31) until 2.7.x, ubuntu-22.04 (glibc 2.35) since 2.8.0.
# - cuda_archs(): FLASH_ATTN_CUDA_ARCHS since 2.7.3; before always compute_80, and compute_90 with nvcc 11.8 or newer.
# - install_requires: what it requires.
# - the imports of setup.py, and NinjaBuildExtension: what it needs. Without ninja torch compiles file after file.
# - memory: 1 to 3 GiB a process, measured with one architecture, nvcc 13.0 and one thread.
_FLASH_ATTN = KnownExtension(
    force={"FLASH_ATTENTION_FORCE_BUILD": "TRUE"},
    archs_variable="FLASH_ATTN_CUDA_ARCHS",
    archs_since="2.7.3",
    archs_before=("80", "90"),
    archs=("80", "90", "100", "120"),
    cxx_standard=17,
    gib_per_job=3.0,
    needs=("ninja", "packaging", "psutil", "setuptools", "wheel"),
    requires=("torch", "einops"),
    modules=("flash_attn", "flash_attn_2_cuda"),
    url="https://github.com/Dao-AILab/flash-attention/releases/download/v{version}/{name}",
    released=(
        ReleasedWheels("2.5.0", {"11": "118", "": "122"}, "2.31"),
        ReleasedWheels("2.6.1", {"11": "118", "": "123"}, "2.31"),
        ReleasedWheels("2.7.0", {"11": "11", "": "12"}, "2.31"),
        ReleasedWheels("2.8.0", {"11": "11", "": "12"}, "2.35"),
        ReleasedWheels("2.8.3.post1", {"11": "11", "12": "12", "": "13"}, "2.35"),
    ),
)

KNOWN_EXTENSIONS: dict[str, KnownExtension] = {"flash-attn": _FLASH_ATTN}


def known_extension(package: str) -> KnownExtension:
    """What is known about a package; the general case for one that is not listed."""
    return KNOWN_EXTENSIONS.get(canonicalize_name(package), KnownExtension())


def built_archs(package: str, version: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """The architectures that a wheel is compiled for, so that it runs on GPUs of ``wanted``.

    :param version: of the package; "" where it is not known (a git commit): the newest rules are taken.
    :param wanted: compute capabilities without the dot, e.g. ``89``.
    :returns: sorted. Where the package has no kernels of exactly that capability, the nearest one below of the same
        major (``89`` -> ``80``), whose code runs there (:func:`runs_on`). One that nothing fits stays as it is.
    """
    known = known_extension(package)
    wanted = set(wanted)
    if not wanted:
        return ()
    if known.archs_before and version and order(version) < order(known.archs_since):
        return known.archs_before
    if not known.archs:
        return by_number(wanted)
    found = set()
    for arch in wanted:
        fitting = [own for own in known.archs if runs_on(own, arch)]
        found.add(max(fitting, key=int) if fitting else arch)
    return by_number(found)


def runs_on(compiled: str, gpu: str) -> bool:
    """Whether machine code for one architecture runs on a GPU of another.

    CUDA C++ Programming Guide, "Binary Compatibility": a cubin for capability X.y runs on devices of X.z with z >= y.
    PTX is not counted: the packages here do not put any into their wheels.
    """
    return compiled[:-1] == gpu[:-1] and compiled[-1:] <= gpu[-1:]


def by_number(archs: Iterable[str]) -> tuple[str, ...]:
    """Architectures in the order of their numbers, each once."""
    return tuple(sorted(set(archs), key=lambda arch: (len(arch), arch)))


def order(version: str) -> Version:
    """A key that sorts versions as PEP 440 does, local parts aside; what is no version comes before all."""
    try:
        return Version(Version(version).public)
    except InvalidVersion:
        return Version("0.dev0")
