# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an index, and the one that an interpreter would get."""

from __future__ import annotations

import json

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.preflight import index_pages
from ansible_collections.portable.model_env.plugins.module_utils.preflight.index_pages import File, Platform

TARGET = Platform("3.11", "x86_64")


def test_a_page_in_json_tells_sizes_and_where_metadata_is() -> None:
    entry = {
        "filename": "a-1-py3-none-any.whl",
        "url": "../../files/a.whl",
        "size": 7,
        "core-metadata": {"sha256": "0"},
    }
    page = json.dumps({"files": [entry, {**entry, "filename": "a-1.tar.gz", "size": None}]})
    address = "https://index/files/a.whl"
    assert index_pages.files(page, "https://index/simple/a/") == [
        ("a-1-py3-none-any.whl", File(address, 7, f"{address}.metadata"))
    ]


@pytest.mark.parametrize("page", ["", "<!DOCTYPE html><a href=x>x</a>", "[]", '{"files": null}'])
def test_any_other_page_tells_nothing(page: str) -> None:
    assert index_pages.files(page, "https://index/simple/a/") == []


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("a-1.0-py3-none-any.whl", True),
        ("a-1.0-py2.py3-none-any.whl", True),
        ("a-1.0-1-cp311-cp311-manylinux_2_28_x86_64.whl", True),
        ("a-1.0-cp38-abi3-manylinux2014_x86_64.whl", True),
        ("a-1.0+cu124-cp311-cp311-linux_x86_64.whl", True),
        ("a-1.0-cp312-abi3-manylinux2014_x86_64.whl", False),
        ("a-1.0-cp310-cp310-manylinux_2_28_x86_64.whl", False),
        ("a-1.0-cp311-cp311-manylinux_2_28_aarch64.whl", False),
        ("a-1.0-cp311-cp311-win_amd64.whl", False),
        ("a-1.0-cp311-cp311-macosx_11_0_x86_64.whl", False),
        ("a-1.0.1-py3-none-any.whl", False),
        ("a-1.0.tar.gz", False),
    ],
)
def test_which_wheels_an_interpreter_can_use(name: str, usable: bool) -> None:
    file = File("https://index/x", 1)
    assert index_pages.smallest([(name, file)], "1.0", TARGET) == (file if usable else None)


def test_the_smallest_one_counts_so_that_the_sum_is_never_too_large() -> None:
    large, small = File("https://index/large", 9), File("https://index/small", 3)
    found = [("a-1-cp311-cp311-linux_x86_64.whl", large), ("a-1-py3-none-any.whl", small)]
    assert index_pages.smallest(found, "1", TARGET) == small


def test_needs_are_the_exact_pins_that_apply() -> None:
    metadata = """Metadata-Version: 2.1
Requires-Dist: filelock
Requires-Dist: nvidia-cublas-cu12 (==12.4.5.8) ; platform_system == "Linux"
Requires-Dist: colorama==1 ; sys_platform == "win32"
Requires-Dist: cuda-toolkit[cublas,nvrtc]==13.0.2
Requires-Dist: tool==2 ; extra == "cli"

Requires-Dist: of-the-description==1
"""
    pinned, others = index_pages.needs(metadata, (), TARGET)
    assert [(one.head, one.version) for one in pinned] == [
        ("nvidia-cublas-cu12", "12.4.5.8"),
        ("cuda-toolkit[cublas,nvrtc]", "13.0.2"),
    ]
    assert others == 1
    assert "tool" in [one.name for one in index_pages.needs(metadata, ("cli",), TARGET)[0]]
