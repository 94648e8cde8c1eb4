# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operating system packages: a node's family, what the family calls a package, and what its tools' output says.

Specs and roles name packages as Debian does; the tables here say what Red Hat's and SUSE's systems call them.
"""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError

DEBIAN, REDHAT, SUSE = "debian", "redhat", "suse"
FAMILIES = (DEBIAN, REDHAT, SUSE)

# What building a wheel from source takes, and what Triton compiles its launchers with when a model runs.
BUILD_TOOLS = ("gcc", "g++", "make", "git")

_FAMILY_OF_ID = {
    **dict.fromkeys(("debian", "ubuntu", "linuxmint", "raspbian"), DEBIAN),
    **dict.fromkeys(("rhel", "fedora", "centos", "rocky", "almalinux", "ol", "amzn"), REDHAT),
    **dict.fromkeys(("suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles", "sled"), SUSE),
}

# Where a family has no one name for something (ffmpeg is ffmpeg-free, ffmpeg or ffmpeg-4 by repository), what it
# provides (a file, a pkg-config module, a shared library) names it: rpm, dnf and zypper take that as a name.
_LIBAV = ("libavcodec", "libavdevice", "libavfilter", "libavformat", "libavutil", "libswresample", "libswscale")
_RPM: dict[str, tuple[str, ...]] = {
    "build-essential": ("gcc", "gcc-c++", "make"),
    "g++": ("gcc-c++",),
    "ffmpeg": ("/usr/bin/ffmpeg",),
    **{f"{name}-dev": (f"pkgconfig({name})",) for name in _LIBAV},
    "libgl1": ("libGL.so.1()(64bit)",),
    "libsndfile1": ("libsndfile.so.1()(64bit)",),
    "libsm6": ("libSM.so.6()(64bit)",),
    "libxext6": ("libXext.so.6()(64bit)",),
    "libxrender1": ("libXrender.so.1()(64bit)",),
    "libgomp1": ("libgomp.so.1()(64bit)",),
    "libglib2.0-0": ("libglib-2.0.so.0()(64bit)",),
    "libjpeg-dev": ("pkgconfig(libjpeg)",),
    "libpng-dev": ("pkgconfig(libpng)",),
    "libssl-dev": ("pkgconfig(openssl)",),
    "zlib1g-dev": ("pkgconfig(zlib)",),
    "pkg-config": ("/usr/bin/pkg-config",),
    "python3-venv": ("python3",),
}
_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    # A transitional name that newer releases do not have any more.
    DEBIAN: {"libgl1-mesa-glx": ("libgl1",)},
    REDHAT: {**_RPM, "libgl1-mesa-glx": _RPM["libgl1"], "ninja-build": ("ninja-build",)},
    # zypper does not find a package by its files everywhere, and SUSE's packages provide these names.
    SUSE: {
        **_RPM,
        "ffmpeg": ("ffmpeg",),
        "libgl1-mesa-glx": _RPM["libgl1"],
        "ninja-build": ("ninja",),
        "pkg-config": ("pkg-config",),
    },
}

DPKG_FORMAT = "${Package}\\t${Architecture}\\t${db:Status-Status}\\t${Provides}\\n"


def family_of(os_release: str) -> str:
    """Say which family a system is of.

    :param os_release: the text of ``/etc/os-release``.
    :returns: ``debian``, ``redhat``, ``suse``, or "" for any other.
    """
    fields = dict(re.findall(r"^(ID|ID_LIKE)=[\"']?([^\"'\n]*)", os_release, re.MULTILINE))
    for name in (fields.get("ID", "") + " " + fields.get("ID_LIKE", "")).lower().split():
        if name in _FAMILY_OF_ID:
            return _FAMILY_OF_ID[name]
    return ""


def family_names(family: str, packages: Iterable[Any]) -> list[str]:
    """Translate package names to those of a family.

    :param family: one of :data:`FAMILIES`.
    :param packages: Debian names, or mappings of family to name or list of names (a family that a mapping does not
        mention needs nothing).
    :returns: the family's names, each once, in the order given.
    :raises ModelEnvError: (``invalid``) one is neither.
    """
    found: list[str] = []
    for package in packages:
        if isinstance(package, Mapping):
            named = package.get(family) or []
            found.extend([named] if isinstance(named, str) else named)
        elif not isinstance(package, str):
            raise ModelEnvError(
                f"{package!r} is neither a name nor names by family",
                todo="write a name of Debian, or a block such as {debian: libgl1, redhat: mesa-libGL}",
                kind="invalid",
            )
        elif package in _NAMES[family]:
            found.extend(_NAMES[family][package])
        elif family != DEBIAN and package.endswith("-dev"):
            found.append(package[: -len("-dev")] + "-devel")
        else:
            found.append(package)
    return list(dict.fromkeys(found))


def python_packages(family: str, version: str, default: str) -> list[str]:
    """Name the packages of the system's Python that building takes: headers, and ``venv`` where it is split off.

    :param family: one of :data:`FAMILIES`.
    :param version: ``X.Y``, or longer.
    :param default: the version, ``X.Y``, that the system calls ``python3``.
    """
    short = ".".join(version.split(".")[:2])
    joined = short.replace(".", "")
    if family == DEBIAN:
        return [f"python{short}-dev", f"python{short}-venv"]
    if family == SUSE:
        return ["python3-devel" if short == default else f"python{joined}-devel"]
    if short == default:
        return ["python3-devel"]
    # Enterprise Linux 8 put versions before 3.11 into modules with names without a dot.
    return [f"python{joined}-devel" if short in ("3.8", "3.9") else f"python{short}-devel"]


def missing_from_dpkg(output: str, names: Sequence[str]) -> list[str]:
    """Say which names are not installed, by what ``dpkg-query --show`` with :data:`DPKG_FORMAT` printed.

    A name counts as installed too if an installed package provides it (``libglib2.0-0`` by ``libglib2.0-0t64``).
    Packages of a foreign architecture do not count.
    """
    rows = [line.split("\t") for line in output.splitlines() if line.count("\t") >= 3]
    native = next((arch for name, arch, _status, _provides in rows if name == "dpkg"), "")
    installed: set[str] = set()
    for name, arch, status, provides in rows:
        if status == "installed" and arch in (native, "all"):
            installed.add(name)
            installed.update(re.split(r"[\s(:]", item.strip(), maxsplit=1)[0] for item in provides.split(","))
    return [name for name in names if name not in installed]


def missing_from_rpm(output: str, names: Sequence[str]) -> list[str]:
    """Say which names nothing installed provides, by what ``rpm -q --whatprovides`` printed (in the C locale)."""
    lacking = set(re.findall(r"^no package provides (.+)$", output, re.MULTILINE))
    return [name for name in names if name in lacking]
