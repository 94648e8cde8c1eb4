# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions out of uv's prose; what uv says of everything else is in test_output.py."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers import uv_output

UV_PROSE = [
    # Recorded with uv 0.13.9 against a public index.
    (
        "Because torchvision==0.19.0 depends on torch==2.4.0 and you require torch==2.5.1, we can conclude that "
        "your requirements and torchvision==0.19.0 are incompatible.\n"
        "And because you require torchvision==0.19.0, we can conclude that your requirements are unsatisfiable.",
        [],
        ["torchvision 0.19.0 requires torch==2.4.0", "you asked for torch==2.5.1"],
    ),
    (
        "Because torchvision==0.19.0 depends on torch==2.4.0 and torch==2.5.1, we can conclude that "
        "torchvision==0.19.0 cannot be used.\n"
        "And because you require torchvision==0.19.0, we can conclude that your requirements are unsatisfiable.",
        ["torch==2.5.1"],
        ["torchvision 0.19.0 requires torch==2.4.0", "a constraint says torch==2.5.1"],
    ),
    (
        "Because transformers==4.46.0 depends on tokenizers>=0.20,<0.21 and you require transformers==4.46.0, we can "
        "conclude that you require tokenizers>=0.20,<0.21.\n"
        "And because you require tokenizers==0.22.0, we can conclude that your requirements are unsatisfiable.",
        [],
        ["transformers 4.46.0 requires tokenizers>=0.20,<0.21", "you asked for tokenizers==0.22.0"],
    ),
    (
        "Because transformers[torch]==4.46.0 depends on accelerate>=0.26.0 and you require "
        "transformers[torch]==4.46.0, we can conclude that you require accelerate>=0.26.0.\n"
        "And because you require accelerate==0.20.0, we can conclude that your requirements are unsatisfiable.",
        [],
        ["transformers[torch] 4.46.0 requires accelerate>=0.26.0", "you asked for accelerate==0.20.0"],
    ),
]


@pytest.mark.parametrize(("prose", "limits", "expected"), UV_PROSE)
def test_prose_of_uv(prose: str, limits: list[str], expected: list[str]) -> None:
    output = f"error: No solution found when resolving dependencies\n  cause: {prose}\n\nhint: something else\n"
    assert uv_output.conflicts(output, [], limits) == expected


def test_a_derivation_nobody_understands_is_shown_whole() -> None:
    output = "error: No solution found when resolving dependencies\n  cause: Because of the moon, it cannot be.\n"
    failure = uv_output.PARSER.explain(output)
    assert failure.kind == "resolution" and "Because of the moon" in failure.why


@pytest.mark.parametrize("credentials", [False, True])
def test_an_index_that_refuses_credentials_looks_like_one_that_lacks_the_name(credentials: bool) -> None:
    output = "error: No solution found\n  Because alpha was not found in the package registry and you require alpha==1"
    failure = uv_output.PARSER.explain(output, credentials=credentials)
    assert failure.kind == "no_such_version"
    assert ("refuses the credentials" in failure.why) is credentials
