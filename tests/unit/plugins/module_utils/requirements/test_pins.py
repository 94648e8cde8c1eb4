# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as pinned, and the line that mends what does not."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.requirements import pins

C1, H1 = "1" * 40, "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        "alpha==1.0",
        "alpha===1.0",
        "alpha[x,y]==1.0 ; python_version >= '3.9'",
        f"alpha @ https://h/alpha-1.0-py3-none-any.whl#sha256={H1}",
        f"alpha @ git+https://h/alpha@{C1}",
    ],
)
def test_pinned_for_every_policy(text: str) -> None:
    assert {pins.problem(text, policy) for policy in (pins.EXACT, pins.BOUNDED, pins.ANY)} == {("", "")}


@pytest.mark.parametrize(
    ("text", "exact", "bounded"),
    [
        ("alpha", "has no version", "has no version"),
        ("alpha>=1", "is open at one end", "is open at one end"),
        ("alpha!=1", "is open at one end", "is open at one end"),
        ("alpha>=1,<2", "is a range", ""),
        ("alpha~=1.0", "is a range", ""),
        ("alpha==1.*", "is a range", ""),
    ],
)
def test_ranges(text: str, exact: str, bounded: str) -> None:
    assert pins.problem(text, pins.EXACT)[0] == exact
    assert pins.problem(text, pins.BOUNDED)[0] == bounded
    assert pins.problem(text, pins.ANY) == ("", "")


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("alpha[x]", "alpha[x]==<version>"),
        ("alpha @ https://h/a.whl", "alpha @ https://h/a.whl#sha256=<64 hex digits>"),
        ("alpha @ git+https://h/a@main", "git: [{name: alpha, url: https://h/a, commit: <40 hex digits>}]"),
        (f"alpha @ git+https://u:p@h/a@{C1}", "give the secret to git on the node"),
        ("alpha @ file:///src/alpha", "editable: true"),
        ("git+https://u:s3cr3t@h/a", "<name> @ git+https://"),
        ("./alpha", "absolute path"),
        ("--pre", "the module's option for it"),
        ("alpha = 1", "<name>==<version>"),
    ],
)
def test_the_line_that_mends_it(text: str, mended: str) -> None:
    what, line = pins.problem(text, pins.ANY if "@" in text or "/" in text else pins.EXACT)
    assert what
    assert mended in line
    assert "s3cr3t" not in line


def test_all_offenders_are_refused_at_once() -> None:
    with pytest.raises(ModelEnvError) as caught:
        pins.refuse(["alpha", "beta==1", "gamma>=2"], pins.EXACT, "/env")
    assert caught.value.kind == "invalid"
    assert caught.value.details == {"requirements": ["alpha", "gamma>=2"]}
    pins.refuse(["beta==1"], pins.EXACT, "/env")
