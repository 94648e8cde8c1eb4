# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Families, names, and what the package managers' recorded output says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host import os_package_names as os_packages

DATA = Path(__file__).resolve().parents[3] / "data" / "os_packages"
DPKG = (DATA / "dpkg-query-1.22.22-trixie.txt").read_text(encoding="utf-8")
RPM = json.loads((DATA / "rpm-4.20.1.json").read_text(encoding="utf-8"))

OS_RELEASES = {
    "debian": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
    "ubuntu": 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
    "a derivative of Ubuntu": 'ID=pop\nID_LIKE="ubuntu debian"\n',
    "rocky": 'ID="rocky"\nID_LIKE="rhel centos fedora"\nPLATFORM_ID="platform:el9"\n',
    "a derivative of Rocky": "ID='someos'\nID_LIKE='rhel fedora'\n",
    "leap": 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
    "sles": 'ID="sles"\nID_LIKE="suse"\n',
    "arch": "ID=arch\n",
    "empty": "",
}
FAMILIES = dict(zip(OS_RELEASES, ["debian"] * 3 + ["redhat"] * 2 + ["suse"] * 2 + ["", ""]))


@pytest.mark.parametrize("system", OS_RELEASES)
def test_family(system: str) -> None:
    assert os_packages.family_of(OS_RELEASES[system]) == FAMILIES[system]


@pytest.mark.parametrize(
    ("family", "packages", "expected"),
    [
        ("debian", ["build-essential", "ffmpeg", "git", "ffmpeg"], ["build-essential", "ffmpeg", "git"]),
        ("debian", ["libgl1-mesa-glx"], ["libgl1"]),
        ("redhat", ["build-essential", "g++"], ["gcc", "gcc-c++", "make"]),
        ("redhat", ["libavcodec-dev", "ffmpeg"], ["pkgconfig(libavcodec)", "/usr/bin/ffmpeg"]),
        ("suse", ["libavcodec-dev", "ffmpeg", "ninja-build"], ["pkgconfig(libavcodec)", "ffmpeg", "ninja"]),
        ("redhat", ["libopenmpi-dev", "git-lfs"], ["libopenmpi-devel", "git-lfs"]),
        ("redhat", [{"debian": "libopenmpi-dev", "redhat": "openmpi-devel"}], ["openmpi-devel"]),
        ("suse", [{"debian": "x", "suse": ["a", "b"]}, "b"], ["a", "b"]),
        ("suse", [{"debian": "libopenmpi-dev"}], []),
    ],
)
def test_names(family: str, packages: list[Any], expected: list[str]) -> None:
    assert os_packages.family_names(family, packages) == expected


@pytest.mark.parametrize(
    ("family", "version", "default", "expected"),
    [
        ("debian", "3.11", "3.11", ["python3.11-dev", "python3.11-venv"]),
        ("debian", "3.10.14", "3.12", ["python3.10-dev", "python3.10-venv"]),
        ("redhat", "3.9", "3.9", ["python3-devel"]),
        ("redhat", "3.11", "3.9", ["python3.11-devel"]),
        ("redhat", "3.9", "3.6", ["python39-devel"]),
        ("suse", "3.11", "3.6", ["python311-devel"]),
        ("suse", "3.13", "3.13", ["python3-devel"]),
    ],
)
def test_python(family: str, version: str, default: str, expected: list[str]) -> None:
    assert os_packages.python_packages(family, version, default) == expected


def test_dpkg_counts_what_is_provided_and_not_what_was_removed() -> None:
    names = ["gcc", "libglib2.0-0", "git-core", "logrotate", "ffmpeg", "python3.13-venv"]
    assert "logrotate\t" in DPKG, "the recording holds a removed package whose configuration is left"
    assert os_packages.missing_from_dpkg(DPKG, names) == ["logrotate", "ffmpeg"]


def test_dpkg_does_not_count_a_foreign_architecture() -> None:
    output = "dpkg\tamd64\tinstalled\t\nlibssl3\ti386\tinstalled\tlibssl\nlibffi8\tamd64\tinstalled\t\n"
    assert os_packages.missing_from_dpkg(output, ["libssl3", "libssl", "libffi8"]) == ["libssl3", "libssl"]


def test_rpm_takes_names_and_capabilities() -> None:
    assert os_packages.missing_from_rpm(RPM["some missing"]["stdout"], RPM["asked"]) == [
        "gcc",
        "pkgconfig(libavutil)",
        "python3-devel",
        "libGL.so.1()(64bit)",
    ]
