# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirement lines, as pip reads them."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import Parsed, parse_requirement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch==2.5.1", Parsed("torch", (), ("==2.5.1",))),
        ("torch == 2.5.1+cu124", Parsed("torch", (), ("==2.5.1+cu124",))),
        ("a >=1, <2 ; python_version < '3.12'", Parsed("a", (), (">=1", "<2"), "", 'python_version < "3.12"')),
        ("a(>=1,<2)", Parsed("a", (), (">=1", "<2"))),
        ("huggingface_hub[cli, torch]==0.26.2", Parsed("huggingface_hub", ("cli", "torch"), ("==0.26.2",))),
        (
            "x @ https://h/x.whl#sha256=0 ; os_name == 'posix'",
            Parsed("x", (), (), "https://h/x.whl#sha256=0", 'os_name == "posix"'),
        ),
        ("x[e]@git+https://h/x@v1", Parsed("x", ("e",), (), "git+https://h/x@v1")),
        ("einops", Parsed("einops")),
    ],
)
def test_lines(text: str, expected: Parsed) -> None:
    assert parse_requirement(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "./local",
        "/abs/x.whl",
        "-r other.txt",
        "--index-url x",
        "a b",
        "a=1",
        "",
        "https://h/x.whl",
        "a==1 ; b == 'c'",
        "a>=1.*",
    ],
)
def test_what_is_no_requirement(text: str) -> None:
    assert parse_requirement(text) is None
