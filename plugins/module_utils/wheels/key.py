# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a compiled wheel: everything that decides whether it works in an environment.

It is computed from what the environment itself says (``wheels/torch_facts.py``), never typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit, shown
from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import (
    ReleasedWheels,
    built_archs,
    known_extension,
    order,
    runs_on,
)

CPU = "cpu"


_FORMS = {
    "package": re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"),
    "version": re.compile(r"[A-Za-z0-9.!+_]{0,80}"),
    "python_tag": re.compile(r"(?:[a-z]{2}[0-9]{1,4})?"),
    "torch": re.compile(r"[0-9.]{0,20}"),
    "cuda": re.compile(r"cpu|[0-9]{0,5}"),
    "platform": re.compile(r"[a-z0-9_]{0,60}"),
    "libc": re.compile(r"(?:[a-z]+[0-9.]*)?"),
}
_ARCH = re.compile(r"[0-9]{2,4}[a-z]?")


@dataclass(frozen=True)
class WheelKey:
    """What a wheel was, or is to be, compiled for.

    :ivar package: canonical name.
    :ivar version: of the package; "" where only the commit is known.
    :ivar commit: 40 hex digits; "" for a version from an index.
    :ivar python_tag: e.g. ``cp311``.
    :ivar torch: major and minor version, e.g. ``2.11``: torch keeps no binary interface between them.
    :ivar cuda: torch's CUDA without its dot, e.g. ``130``; ``cpu`` for a torch without one.
    :ivar cxx11abi: which of libstdc++'s two string ABIs torch was compiled with.
    :ivar platform: e.g. ``linux_x86_64``.
    :ivar libc: e.g. ``glibc2.36``.
    :ivar archs: GPU architectures, e.g. ``("90",)``; empty for ``cpu``, or where the wheel has none.
    """

    package: str
    version: str
    commit: str
    python_tag: str
    torch: str
    cuda: str
    cxx11abi: bool
    platform: str
    libc: str
    archs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A key becomes the name of a folder and arguments of programs, whoever wrote it.

        :raises ValueError: a field is not of its form.
        """
        for name, form in _FORMS.items():
            value = getattr(self, name)
            if not form.fullmatch(value):
                raise ValueError(f"has the {name} {shown(value)}, which cannot be")
        if self.commit and not Commit.fits(self.commit):
            raise ValueError(f"has the commit {shown(self.commit)}, which cannot be")
        for arch in self.archs:
            if not _ARCH.fullmatch(arch):
                raise ValueError(f"has the GPU architecture {shown(arch)}, which cannot be")

    def slug(self) -> str:
        """Name of its folder, e.g. ``x-1.0-cp311-torch2.11-cu130-cxx11abiTRUE-linux_x86_64-glibc2.36-sm80_90``."""
        parts = [self.stem(), self.libc]
        if self.archs:
            parts.append("sm" + "_".join(self.archs))
        return "-".join(parts)

    def stem(self) -> str:
        """What the slugs of all wheels that fit this key begin with: all but C library and GPU architectures."""
        parts = [
            self.package.replace("-", "_"),
            ".".join(part for part in (self.version, f"g{self.commit[:12]}" if self.commit else "") if part),
            self.python_tag,
            f"torch{self.torch}",
            self.cuda if self.cuda == CPU else f"cu{self.cuda}",
            f"cxx11abi{str(self.cxx11abi).upper()}",
            self.platform,
        ]
        return "-".join(parts)

    def distance(self) -> tuple[Any, ...]:
        """Sorts wheels that fit alike, the nearest first: the fewest architectures, the newest C library."""
        return len(self.archs), tuple(-number for number in libc_version(self.libc))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "archs": list(self.archs)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WheelKey:
        """What :meth:`as_dict` gave, or a stranger says that it is.

        :raises ValueError: it is no such thing.
        """
        return strict.read(cls, data)

    @classmethod
    def from_facts(
        cls, facts: Mapping[str, Any], package: str, version: str, commit: str = "", archs: Iterable[str] = ()
    ) -> WheelKey:
        """The key of a package in an environment.

        :param facts: of ``wheels/torch_facts.py``.
        :param archs: of the GPUs that will use it, e.g. ``89``; empty: those that the environment sees.
        """
        cuda = cuda_of(facts["cuda"])
        wanted = () if cuda == CPU else built_archs(package, version, tuple(archs) or facts["gpus"])
        return cls(
            package=canonicalize_name(package),
            version=version,
            commit=commit,
            python_tag=facts["python_tag"],
            torch=minor_of(facts["torch"]),
            cuda=cuda,
            cxx11abi=facts["cxx11abi"],
            platform=facts["platform"],
            libc=facts["libc"],
            archs=wanted,
        )


def cuda_of(version: str) -> str:
    """``130`` for ``13.0``; ``cpu`` for ""."""
    return version.replace(".", "") or CPU


def minor_of(version: str) -> str:
    """``2.11`` for ``2.11.0+cu130``."""
    return ".".join(version.partition("+")[0].split(".")[:2])


def mismatches(wheel: WheelKey, node: WheelKey) -> list[str]:
    """Why a wheel does not fit where ``node`` is asked for, one clause each; [] if it does.

    A wheel of an older glibc fits (glibc's symbols stay: "GNU C Library ABI", symbol versioning), and so does one for
    more architectures than are asked for. All else must be equal.
    """
    found = []
    for name, what in _COMPARED.items():
        has, wants = getattr(wheel, name), getattr(node, name)
        if has != wants:
            found.append(f"its {what} is {_shown(has)}, wanted is {_shown(wants)}")
    if not libc_fits(wheel.libc, node.libc):
        found.append(f"it needs {wheel.libc}, and {node.libc} is here")
    missing = [arch for arch in node.archs if not any(runs_on(has, arch) for has in wheel.archs)]
    if missing:
        has = ", ".join(f"sm_{arch}" for arch in wheel.archs) or "no GPU at all"
        found.append(f"it has no code for {', '.join(f'sm_{arch}' for arch in missing)} (it is for {has})")
    return found


_COMPARED = {
    "package": "package",
    "version": "version",
    "commit": "commit",
    "python_tag": "Python",
    "torch": "torch",
    "cuda": "CUDA",
    "cxx11abi": "C++11 ABI",
    "platform": "platform",
}


def libc_fits(needed: str, present: str) -> bool:
    """Whether what was linked against one C library runs with another: the same kind, and not an older one."""
    needs, has = libc_version(needed), libc_version(present)
    return bool(needs) and needed.rstrip("0123456789.") == present.rstrip("0123456789.") and needs <= has


def libc_version(libc: str) -> tuple[int, ...]:
    """``(2, 36)`` for ``glibc2.36``; () for what is none."""
    match = re.fullmatch(r"[a-z]+(\d+)\.(\d+)", libc)
    return (int(match[1]), int(match[2])) if match else ()


@dataclass(frozen=True)
class ReleasedWheel:
    """A wheel of a project's own releases, by its computed name; whether it exists only its server knows.

    :ivar libc: of the machine that compiled it; "" if unknown.
    """

    name: str
    url: str
    libc: str


def released_wheel(key: WheelKey, url: str = "") -> ReleasedWheel | None:
    """The wheel that the project's own setup.py would fetch for this key; None: it releases none for it.

    :param url: where the releases are, with ``{version}`` and ``{name}``; "": where the project has them. Wheels of a
        package that is not known are named as those are that took this scheme over.
    """
    known = known_extension(key.package)
    url = url or known.url
    if not url or not key.version or key.commit or (known.released and key.cuda == CPU):
        return None
    named = known.released or (ReleasedWheels("0", {"": CPU if key.cuda == CPU else key.cuda[:-1]}),)
    rules = [rule for rule in named if order(rule.since) <= order(key.version)]
    if not rules:
        return None
    # torch's CUDA, e.g. 124: its last digit is the minor version.
    cuda = rules[-1].cuda.get(key.cuda[:-1], rules[-1].cuda[""])
    name = (
        f"{key.package.replace('-', '_')}-{key.version}+{cuda if cuda == CPU else f'cu{cuda}'}torch{key.torch}"
        f"cxx11abi{str(key.cxx11abi).upper()}-{key.python_tag}-{key.python_tag}-{key.platform}.whl"
    )
    address = url.replace("{version}", key.version).replace("{name}", name)
    return ReleasedWheel(name, address, f"glibc{rules[-1].glibc}" if rules[-1].glibc else "")


def released_mismatches(key: WheelKey, wheel: ReleasedWheel) -> list[str]:
    """Why a released wheel would not work although its name is the computed one, one clause each; [] if it would."""
    found = []
    cuda = re.search(r"\+cu(\d+)torch", wheel.name)
    if cuda and not key.cuda.startswith(cuda[1][:2]):
        found.append(f"it is for CUDA {cuda[1][:2]}, and torch is for CUDA {key.cuda[:-1]}")
    if wheel.libc and not libc_fits(wheel.libc, key.libc):
        found.append(f"it needs {wheel.libc}, and {key.libc} is here")
    return found


def _shown(value: object) -> str:
    return str(value) if value != "" else "none"
