# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What names of wheels say."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.requirements import wheel_names


@pytest.mark.parametrize(
    ("name", "python", "machine", "runs"),
    [
        ("a-1.0-py3-none-any.whl", "3.11", "x86_64", True),
        ("a-1.0-py2.py3-none-any.whl", "3.11", "x86_64", True),
        ("a-1.0-1-cp311-cp311-manylinux_2_28_x86_64.whl", "3.11", "x86_64", True),
        ("a-1.0-cp38-abi3-manylinux2014_x86_64.whl", "3.11", "x86_64", True),
        ("a-1.0-cp312-abi3-manylinux2014_x86_64.whl", "3.11", "x86_64", False),
        ("a-1.0-cp313-cp313t-manylinux2014_x86_64.whl", "3.13", "x86_64", False),  # free-threaded
        ("a-1.0-cp310-cp310-linux_x86_64.whl", "3.11", "x86_64", False),
        ("a-1.0-cp39-cp39-linux_aarch64.whl", "3.9.2", "aarch64", True),
        ("a-1.0-cp39-cp39-musllinux_1_2_x86_64.whl", "3.9", "x86_64", False),
        ("a-1.0-cp39-cp39-win_amd64.whl", "3.9", "x86_64", False),
    ],
)
def test_what_a_wheel_runs_on(name: str, python: str, machine: str, runs: bool) -> None:
    wheel = wheel_names.parse(name)
    assert wheel is not None
    assert wheel.runs_on(python, machine) is runs


def test_the_parts_of_a_name() -> None:
    wheel = wheel_names.parse("Flash_Attn-2.8.3+cu12torch2.6cxx11abiFALSE-cp311-cp311-linux_x86_64.whl")
    assert wheel is not None
    assert (wheel.name, wheel.pythons, wheel.platforms) == ("flash-attn", ("cp311",), ("linux_x86_64",))
    assert wheel.is_version("2.8.3")
    assert wheel.is_version("")
    assert not wheel.is_version("2.8.3rc1")
    assert wheel.is_compiled_for("cp311", "x86_64")
    assert not wheel.is_compiled_for("cp310", "x86_64")


@pytest.mark.parametrize("name", ["a-1.0.tar.gz", "a-1.0.whl", "a-main-py3-none-any.whl", ".whl", ""])
def test_what_is_no_wheel(name: str) -> None:
    assert wheel_names.parse(name) is None


@pytest.mark.parametrize(("python", "tag"), [("3.9", "cp39"), ("3.11", "cp311")])
def test_tags_of_interpreters(python: str, tag: str) -> None:
    assert wheel_names.python_tag(f"{python}.4") == wheel_names.python_tag(python) == tag
    assert wheel_names.python_of(tag) == python


@pytest.mark.parametrize("tag", ["py3", "cp3", "cp313t", ""])
def test_what_is_no_tag_of_an_interpreter(tag: str) -> None:
    with pytest.raises(ValueError, match="no tag of CPython"):
        wheel_names.python_of(tag)
