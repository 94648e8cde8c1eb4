# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read out of a wheel: libraries compiled here with both ABIs, and files that are no wheels."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels import file
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import libc_fits
from ansible_collections.portable.model_env.tests.support import stand_in


def packed(folder: Path, name: str, library: bytes = b"") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("fused_part/__init__.py", "")
        if library:
            archive.writestr("fused_part/ops.so", library)
    return path


@pytest.mark.parametrize("abi", [True, False])
def test_the_abi_and_the_c_library_of_a_real_library(libraries: dict[bool, Path], abi: bool, tmp_path: Path) -> None:
    name = f"fused_part-1.0+cputorch2.13-{stand_in.TAG}-{stand_in.TAG}-{stand_in.PLATFORM}.whl"
    wheel = file.read(str(packed(tmp_path, name, libraries[abi].read_bytes())))
    assert wheel.cxx11abi is abi
    assert libc_fits(wheel.glibc, stand_in.LIBC), "it was compiled here"
    assert list(tmp_path.iterdir()) == [tmp_path / name], "nothing is left beside it"
    problems = file.problems(wheel, stand_in.key())
    assert problems == ([] if abi else ["it was compiled with the old C++11 ABI, and torch has the new one"])
    older = file.problems(wheel, stand_in.key(libc="glibc2.1"))
    assert f"its libraries need {wheel.glibc}, and glibc2.1 is here" in older


@pytest.mark.parametrize(
    ("name", "changes", "problem"),
    [
        ("fused_part-2.0-cp311-cp311-linux_x86_64.whl", {}, "it is fused-part 2.0, wanted is fused-part 1.0"),
        ("other-1.0-cp311-cp311-linux_x86_64.whl", {}, "it is other 1.0"),
        ("fused_part-1.0-cp310-cp310-linux_x86_64.whl", {}, "it is for cp310, wanted is cp311"),
        ("fused_part-1.0-cp311-cp311-linux_aarch64.whl", {}, "it is for linux_aarch64"),
        ("fused_part-1.0-1-cp311-cp311-manylinux_2_28_x86_64.manylinux2014_x86_64.whl", {}, ""),
        ("fused_part-1.0-py3-none-any.whl", {}, ""),
        ("fused_part-1.5-cp311-cp311-linux_x86_64.whl", {"version": ""}, ""),
    ],
)
def test_what_the_name_says(tmp_path: Path, name: str, changes: dict[str, str], problem: str) -> None:
    wanted = replace(stand_in.key(), python_tag="cp311", platform="linux_x86_64", **changes)  # type: ignore[arg-type]
    found = file.problems(file.read(str(packed(tmp_path, name))), wanted)
    assert (problem in found[0]) if problem else found == []


def test_what_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "x-1.0-cp311-cp311-linux_x86_64.whl").write_bytes(b"PK\x03\x04 and then nothing")
    for name in ("x-1.0-cp311-cp311-linux_x86_64.whl", "x.tar.gz"):
        with pytest.raises(ModelEnvError, match="no whole wheel"):
            file.read(str(tmp_path / name))


@pytest.mark.parametrize(
    "member",
    ["", "../escape.py", "/etc/escape.py", "a/../../escape.py", "a//b.py", "..", "a\\b.py", "a\nb.py", "a\x00b.py"],
)
def test_a_wheel_that_would_unpack_elsewhere_is_none(tmp_path: Path, member: str) -> None:
    path = packed(tmp_path, "fused_part-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = info.orig_filename = member
        archive.writestr(info, "")
    if "\x00" in member:
        file.look_over(str(path))  # zipfile cuts names there, as installers do
        return
    for look in (file.look_over, file.read):
        with pytest.raises(ModelEnvError, match="does not stay below the folder") as caught:
            look(str(path))
        assert caught.value.kind == "corrupt"


def test_a_link_in_a_wheel(tmp_path: Path) -> None:
    path = packed(tmp_path, "fused_part-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("fused_part/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        folder = zipfile.ZipInfo("fused_part/sub/")
        archive.writestr(folder, "")
    with pytest.raises(ModelEnvError, match="'fused_part/link' is a link"):
        file.look_over(str(path))


def test_a_wheel_that_would_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path, "fused_part-1.0-py3-none-any.whl", b"\0" * 5000)
    monkeypatch.setattr(file, "_LARGEST", 5000)
    file.look_over(str(path))
    monkeypatch.setattr(file, "_LARGEST", 4999)
    with pytest.raises(ModelEnvError, match="it has 5000 bytes when it is unpacked"):
        file.look_over(str(path))
