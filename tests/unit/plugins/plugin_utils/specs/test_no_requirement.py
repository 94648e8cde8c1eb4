# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are no requirement, each answered with the line that belongs there."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.plugin_utils.specs.no_requirement import (
    report_no_requirement,
    report_unreadable,
)
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offences

URL = "https://host/x.git"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (f"git+{URL}@v1.2", f'git_packages: [{{name: x, url: "{URL}", tag: "v1.2"}}]'),
        (f"My_Name @ git+{URL}@{'a' * 40}", f'git_packages: [{{name: my-name, url: "{URL}", commit: "{"a" * 40}"}}]'),
        (
            f"git+{URL}#egg=y&subdirectory=z",
            f'git_packages: [{{name: y, url: "{URL}", commit: "<40 hex digits>", subdirectory: "z"}}]',
        ),
        (f"hg+{URL}", "give a released version, or a URL of an archive with its hash"),
        ("--index-url=https://me:pw@host/simple", 'index_url: "https://host/simple"'),
        ("-f /wheels", 'find_links: ["/wheels"]'),
        ("--pre", "remove it"),
    ],
)
def test_repositories_and_options_are_told_where_they_belong(text: str, fix: str) -> None:
    report = Offences("svd")
    assert report_no_requirement(report, "packages[0]", text)
    assert [one.fix for one in report.offences] == [fix]


def test_a_requirement_is_left_alone() -> None:
    report = Offences("svd")
    assert not report_no_requirement(report, "packages[0]", "einops==0.8.1")
    assert report.offences == []


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("einops=0.8.1", 'packages: ["einops==0.8.1"]'),
        ("https://host/x.whl", 'packages: ["<name> @ https://host/x.whl#sha256=<64 hex digits>"]'),
        ("./x.whl", 'packages: ["<name> @ file:///<absolute path>#sha256=<64 hex digits>"]'),
        ("einops at 0.8", 'packages: ["einops==<version>"]'),
    ],
)
def test_what_cannot_be_read_gets_the_line_that_was_meant(text: str, fix: str) -> None:
    report = Offences("svd")
    report_unreadable(report, "packages[0]", "packages", text)
    assert [one.fix for one in report.offences] == [fix]
