# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a library asks of others: one that was compiled here with both ABIs, mangled names, and garbage."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels import elf
from ansible_collections.portable.model_env.plugins.module_utils.wheels.elf import Library


def test_all_undefined_symbols_are_seen(libraries: dict[bool, Path]) -> None:
    with libraries[True].open("rb") as handle:
        library = elf.read(handle)
    assert library is not None
    assert any("complain" in name for name in library.undefined)
    assert any(version.startswith("GLIBC_2.") for version in library.versions)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF\x01\x01" + b"\0" * 60, b"\x7fELF\x02\x01" + b"\xff" * 58],
    ids=["empty", "32 bits", "broken"],
)
def test_what_is_no_library(content: bytes) -> None:
    assert elf.read(io.BytesIO(content)) is None


def test_a_library_that_is_cut_off_is_none_or_says_less(libraries: dict[bool, Path]) -> None:
    """Wherever a file ends, reading it ends, too."""
    content = libraries[True].read_bytes()
    whole = elf.read(io.BytesIO(content))
    assert whole is not None
    for length in range(0, len(content), max(1, len(content) // 200)):
        found = elf.read(io.BytesIO(content[:length]))
        assert found is None or set(found.undefined) <= set(whole.undefined)


@pytest.mark.parametrize("abi", [True, False])
def test_the_abi_of_a_compiled_library(libraries: dict[bool, Path], abi: bool) -> None:
    with libraries[abi].open("rb") as handle:
        library = elf.read(handle)
    assert library is not None
    assert elf.cxx11abi([library]) is abi


@pytest.mark.parametrize(
    ("undefined", "abi"),
    [
        ((), None),
        (("puts", "_ZNSs4swapERSs"), None),
        (("_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",), True),
        (("_ZN3c1014torchCheckFailEPKcS1_jRKSs",), False),
        (("_ZNK2at10TensorBase4sizeEl",), None),
        (("_ZN3c1014torchCheckFailEPKcS1_jRKSs", "_ZN2at4_ops3addERKNSt7__cxx1112basic_stringE"), True),
    ],
)
def test_the_abi_by_what_is_asked_of_torch(undefined: tuple[str, ...], abi: bool | None) -> None:
    assert elf.cxx11abi([Library((), undefined)]) is abi


@pytest.mark.parametrize(
    ("versions", "needed"),
    [
        ([], ""),
        ([("GLIBCXX_3.4.29", "CXXABI_1.3")], ""),
        ([("GLIBC_2.2.5", "GLIBC_2.32"), ("GLIBC_2.4",)], "glibc2.32"),
        ([("GLIBC_2.9",), ("GLIBC_2.17",)], "glibc2.17"),
        ([("GLIBC_PRIVATE",), ("GLIBC_2.3.4",)], "glibc2.3"),
    ],
)
def test_the_oldest_glibc_that_all_run_with(versions: list[tuple[str, ...]], needed: str) -> None:
    assert elf.needed_glibc([Library(one, ()) for one in versions]) == needed


@pytest.mark.parametrize(("offset", "value"), [(32, 1 << 62), (32, 1 << 40), (24, 1 << 63)])
def test_tables_that_lead_nowhere_cost_nothing(libraries: dict[bool, Path], offset: int, value: int) -> None:
    content = bytearray(libraries[True].read_bytes())
    (start,) = struct.unpack_from("<Q", content, 40)
    (count,) = struct.unpack_from("<H", content, 60)
    for index in range(count):
        struct.pack_into("<Q", content, start + 64 * index + offset, value)
    assert elf.read(io.BytesIO(bytes(content))) is None
