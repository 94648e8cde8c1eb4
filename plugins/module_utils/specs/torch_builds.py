# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about torch's published builds: matched versions, CUDA builds, Pythons and indexes. Pure.

Everything here is about Linux on x86_64. A torch that the tables do not know is not refused: what they do not say is
not checked, and its build is always taken from an index that names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch

# The one place in code that names this host.
INDEX_URL_TEMPLATE = "https://download.pytorch.org/whl/{build}"

# Builds that the index above carries, each at the address that the template gives.
INDEX_BUILDS = (
    "cpu", "cu117", "cu118", "cu121", "cu124", "cu126", "cu128", "cu129", "cu130", "cu132",
)  # fmt: skip

# The word for "the index that the node is configured for carries this very build, under a version without +cuXYZ"; it
# may stand wherever the URL of a build's index does.
DEFAULT_INDEX = "default"

TRIO = ("torch", "torchvision", "torchaudio")

_BUILD = re.compile(r"cpu|cu(?P<major>\d{2,})(?P<minor>\d)")


@dataclass(frozen=True)
class TorchRelease:
    """One minor version of torch.

    :ivar default: the CUDA build of the wheel on PyPI, whose version has no ``+cuXYZ``.
    :ivar builds: the CUDA builds that were published for it (``cpu`` always is); empty: not known.
    :ivar python: first and last minor version of Python 3 with wheels, experimental ones included; None: not known.
    """

    default: str
    builds: tuple[str, ...] = ()
    python: tuple[int, int] | None = None


# default: read off the wheels' own metadata (nvidia-cuda-runtime-cu11/-cu12, cuda-toolkit) for every version from 2.0.0
#   to 2.15.0 with `uv pip compile --python-platform x86_64-manylinux_2_28`.
# builds, python: the Release Compatibility Matrix in RELEASE.md of pytorch/pytorch (no row for 2.15 was found).
RELEASES: dict[str, TorchRelease] = {
    "2.0": TorchRelease("cu117", ("cu117", "cu118"), (8, 11)),
    "2.1": TorchRelease("cu121", ("cu118", "cu121"), (8, 11)),
    "2.2": TorchRelease("cu121", ("cu118", "cu121"), (8, 12)),
    "2.3": TorchRelease("cu121", ("cu118", "cu121"), (8, 12)),
    "2.4": TorchRelease("cu121", ("cu118", "cu121", "cu124"), (8, 12)),
    "2.5": TorchRelease("cu124", ("cu118", "cu121", "cu124"), (9, 13)),
    "2.6": TorchRelease("cu124", ("cu118", "cu124", "cu126"), (9, 13)),
    "2.7": TorchRelease("cu126", ("cu118", "cu126", "cu128"), (9, 13)),
    "2.8": TorchRelease("cu128", ("cu126", "cu128", "cu129"), (9, 13)),
    "2.9": TorchRelease("cu128", ("cu126", "cu128", "cu130"), (10, 14)),
    "2.10": TorchRelease("cu128", ("cu126", "cu128", "cu130"), (10, 14)),
    "2.11": TorchRelease("cu130", ("cu126", "cu128", "cu130"), (10, 14)),
    "2.12": TorchRelease("cu130", ("cu126", "cu130", "cu132"), (10, 14)),
    "2.13": TorchRelease("cu130", ("cu126", "cu130", "cu132"), (10, 15)),
    "2.14": TorchRelease("cu130", ("cu126", "cu130", "cu132"), (10, 15)),
    "2.15": TorchRelease("cu132"),
}

# torch -> (torchvision, torchaudio), "" where none was found. Read off the metadata of every torchvision from 0.15.1 to
# 0.29.2 and every torchaudio from 2.0.1 to 2.11.0: each requires exactly one torch (torchaudio 2.11.0 names none and is
# the last; it was released with torch 2.11.0).
TRIOS: dict[str, tuple[tuple[str, ...], str]] = {
    "2.0.0": (("0.15.1",), "2.0.1"),
    "2.0.1": (("0.15.2",), "2.0.2"),
    "2.1.0": (("0.16.0",), "2.1.0"),
    "2.1.1": (("0.16.1",), "2.1.1"),
    "2.1.2": (("0.16.2",), "2.1.2"),
    "2.2.0": (("0.17.0",), "2.2.0"),
    "2.2.1": (("0.17.1",), "2.2.1"),
    "2.2.2": (("0.17.2",), "2.2.2"),
    "2.3.0": (("0.18.0",), "2.3.0"),
    "2.3.1": (("0.18.1",), "2.3.1"),
    "2.4.0": (("0.19.0",), "2.4.0"),
    "2.4.1": (("0.19.1",), "2.4.1"),
    "2.5.0": (("0.20.0",), "2.5.0"),
    "2.5.1": (("0.20.1",), "2.5.1"),
    "2.6.0": (("0.21.0",), "2.6.0"),
    "2.7.0": (("0.22.0",), "2.7.0"),
    "2.7.1": (("0.22.1",), "2.7.1"),
    "2.8.0": (("0.23.0",), "2.8.0"),
    "2.9.0": (("0.24.0",), "2.9.0"),
    "2.9.1": (("0.24.1",), "2.9.1"),
    "2.10.0": (("0.25.0",), "2.10.0"),
    "2.11.0": (("0.26.0",), "2.11.0"),
    "2.12.0": (("0.27.0",), ""),
    "2.12.1": (("0.27.1",), ""),
    "2.13.0": (("0.28.0",), ""),
    "2.14.0": (("0.29.0",), ""),
    "2.15.0": (("0.29.2", "0.29.1"), ""),
}


def release_of(version: str) -> TorchRelease | None:
    """What is known about a torch version; None: nothing."""
    return RELEASES.get(".".join(version.split(".")[:2]))


def is_build(build: str) -> bool:
    """Whether ``build`` has the form of a build's name: ``cpu`` or ``cu`` and the CUDA version without its dot."""
    return _BUILD.fullmatch(build) is not None


def cuda_version(build: str) -> str:
    """``12.4`` for ``cu124``; "" for ``cpu``."""
    match = _BUILD.fullmatch(build)
    return f"{match['major']}.{match['minor']}" if match and match["major"] else ""


def matched(torch: str) -> dict[str, tuple[str, ...]]:
    """The torchvision and torchaudio versions that belong to a torch; empty if the torch is not known."""
    if torch not in TRIOS:
        return {}
    vision, audio = TRIOS[torch]
    return {"torchvision": vision, "torchaudio": (audio,) if audio else ()}


def torch_of(name: str, version: str) -> str:
    """The torch that a ``torchvision`` or ``torchaudio`` version belongs to; "" if that is not known."""
    for torch in TRIOS:
        if version in matched(torch).get(name, ()):
            return torch
    return ""


def index_urls(template: str = "", overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """The index of every build.

    :param template: URL with ``{build}`` for a server that carries every known build, ``default``, or "": PyTorch's.
    :param overrides: URL (or ``default``) by build; they win over the template, and may name builds that nobody else
        knows. A URL may have ``{build}``, too.
    """
    urls = {build: (template or INDEX_URL_TEMPLATE).replace("{build}", build) for build in INDEX_BUILDS}
    urls.update({build: url.replace("{build}", build) for build, url in (overrides or {}).items()})
    return urls


def requirements_for(torch: Torch, urls: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """How a torch block is asked for.

    :param torch: its versions, its build, and its index if it has one of its own.
    :param urls: index by build, as :func:`index_urls` returns it.
    :returns: the requirements and the URL of the further index that they need ("": none). Where the wanted build is
        what PyPI carries, or the index is ``default``, the versions are plain; else they name the build
        (``2.5.1+cu118``), so that no other index can answer with another one.
    :raises ModelEnvError: (invalid) no index is known for the build.
    """
    version, build, index_url = torch.version, torch.cuda, torch.index_url
    release = release_of(version)
    if not index_url and release is not None and release.default == build:
        return _requirements(torch, ""), ""
    index_url = index_url or urls.get(build, "")
    if index_url == DEFAULT_INDEX:
        return _requirements(torch, ""), ""
    if not index_url:
        raise ModelEnvError(
            f"no index is known for the build {build} of torch {version}",
            why="known are " + ", ".join(sorted(urls)),
            todo=f"name it with the option `index_urls`: {{{build}: <URL>}}",
            kind="invalid",
        )
    return _requirements(torch, "+" + build), index_url


def _requirements(torch: Torch, local: str) -> tuple[str, ...]:
    return tuple(f"{name}=={version}{local}" for name, version in torch.versions.items())
