# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a node's word about wheels is used: what was asked for stays the operator's word."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_extensions, load_specs
from ansible_collections.portable.model_env.plugins.plugin_utils.wheels.believed import asked_by, asked_for, believed
from ansible_collections.portable.model_env.tests.support.answers import EXTENSION, KEY, SPEC, WHEEL

ASKED = asked_by(load_specs({"svd": SPEC}))


def test_sources_and_the_extension_are_those_of_the_spec_whatever_the_node_says() -> None:
    lie = {"entry": {"url": "https://evil"}, "torch": ["torch==9"], "index_url": "https://evil", "find_links": ["/x"]}
    (found,) = believed([{**WHEEL, **lie}], ASKED, "n1")
    assert {name: found[name] for name in lie} == {name: ASKED[0][name] for name in lie}
    assert found["key"] == KEY


def test_the_torch_of_an_environment_without_a_spec_is_one_pin_or_nothing() -> None:
    asked = asked_for("svd", load_extensions([EXTENSION]))
    for said, used in (
        (["torch==2.11.0+cu130"], ["torch==2.11.0+cu130"]),
        (["torch==2.11.0", "evil"], []),
        (["torch @ https://evil"], []),
        ("torch==2.11.0", []),
    ):
        (found,) = believed([{**WHEEL, "torch": said}], asked, "n1")
        assert found["torch"] == used


@pytest.mark.parametrize(
    "lie",
    [
        {"name": "other"},
        {"environment": "ltx"},
        {"key": {**KEY, "version": "9.9"}},
        {"key": {**KEY, "torch": "1.0"}},
        {"key": {**KEY, "python_tag": "cp38"}},
        {"wheel": "../flash_attn-2.8.3.whl"},
        {"outcome": "done"},
        {"looks": "all"},
    ],
)
def test_an_answer_to_another_question_is_refused_and_names_the_host(lie: dict[str, Any]) -> None:
    with pytest.raises(ModelEnvError) as caught:
        believed([{**WHEEL, **lie}], ASKED, "n1")
    assert (caught.value.kind, caught.value.where) == ("answer", "n1")
