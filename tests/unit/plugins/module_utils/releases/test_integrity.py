# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts and distributions: what was built, and whether it is still that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.releases import integrity
from ansible_collections.portable.model_env.plugins.module_utils.releases.integrity import State
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed, Receipt
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.tests.support.specs import make_spec

SPEC = make_spec(name="svd", packages=["einops==0.8.0"], api_keys=["A"])
RECEIPT = Receipt(spec=SPEC.to_dict(), spec_digest=digest(SPEC))
STATE = State("/r", ("ltx", "svd"), "svd-0123", RECEIPT)


@pytest.mark.parametrize(
    ("state", "spec", "reason"),
    [
        (STATE, None, ""),
        (STATE, SPEC, ""),
        (STATE, replace(SPEC, api_keys=("B",)), ""),
        (
            STATE,
            replace(SPEC, packages=("einops==0.8.1",), api_keys=("B",)),
            "it was built from another spec (packages: einops==0.8.0 -> einops==0.8.1)",
        ),
        (
            State("/r", ("svd",), "svd-0123", replace(RECEIPT, spec_digest="0" * 64)),
            SPEC,
            "it was built from another spec (by another version of this collection)",
        ),
        (
            State("/r", ("svd",), "svd-0123", Receipt(name="svd", spec={"name": "svd", "python": 3.11})),
            None,
            "the spec cannot be read: python is a number, not a text",
        ),
        (State("/r", ("ltx",), None, None), None, "there is no environment svd under /r; it has ltx"),
        (State("/r", (), None, None), None, "there is no environment svd under /r; it has none"),
        (State("/r", ("svd",), None, None), None, "/r/envs/svd is no link to a release of this root"),
        (
            State("/r", ("svd",), "svd-0123", None),
            SPEC,
            "the release svd-0123 is gone or has no receipt, so nobody knows what it should hold",
        ),
    ],
)
def test_receipt(state: State, spec: Spec | None, reason: str) -> None:
    assert integrity.receipt("svd", state, spec).error == reason


def entry(version: str) -> Installed:
    return Installed(version, version, "index", (1, 1))


def test_distributions() -> None:
    recorded = {"einops": entry("0.8.0"), "numpy": entry("1.26.4")}
    assert integrity.distributions(recorded, recorded).value["drift"] == []
    value = integrity.distributions(recorded, {"numpy": entry("2.0.0"), "rogue": entry("1.0")}).value
    assert (value["recorded"], value["found"]) == (2, 2)
    for words in ("einops 0.8.0 was removed", "numpy 1.26.4", "rogue 1.0 was added"):
        assert any(words in line for line in value["drift"])


def test_files() -> None:
    found = integrity.files(STATE, 3, 100, ["six: six.py was changed"])
    assert found.value == {"files": 3, "bytes": 100, "wrong": ["six: six.py was changed"]}
    assert "remove /r/store, if there is one, and /r/releases/svd-0123/model_env-receipt.json" in found.cure
