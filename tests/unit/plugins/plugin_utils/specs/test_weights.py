# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights of a spec: what is refused, with its mending line; the normal form; what a host gets of several."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import validate
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.weights import wanted

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GOOD = {"repo_id": "acme/model", "revision": COMMIT}


def spec(*weights: Any) -> dict[str, Any]:
    return {"python": "3.11", "packages": ["einops==0.8.1"], "weights": list(weights)}


@pytest.mark.parametrize(
    ("entry", "path", "problem", "fix"),
    [
        ({"repo_id": "acme/model"}, "weights[0].revision", "`revision` is missing", 'revision: "<40 hex digits>"'),
        ({**GOOD, "revision": "main"}, "weights[0].revision", "may name a branch or a tag", "resolve: true"),
        ({**GOOD, "revision": COMMIT[:8]}, "weights[0].revision", "may name a branch or a tag", "<40 hex digits>"),
        ({**GOOD, "repo_id": "model"}, "weights[0].repo_id", "no name of a repository", "repo_id: owner/name"),
        (
            {**GOOD, "repo_id": "https://huggingface.co/acme/model"},
            "weights[0].repo_id",
            "no name of a repository",
            "repo_id: acme/model",
        ),
        ({**GOOD, "repo_type": "datasets"}, "weights[0].repo_type", "no type of repository", "repo_type: dataset"),
        ({**GOOD, "local_dir": "../out"}, "weights[0].local_dir", "leads out of its folder", 'local_dir: "out"'),
        ({**GOOD, "local-dir": "x"}, "weights[0].local-dir", "did you mean `local_dir`", 'local_dir: "x"'),
        ({**GOOD, "filenames": ["a"], "allow_patterns": ["*"]}, "weights[0]", "filenames are exact", "filenames: "),
        ({**GOOD, "filenames": "a"}, "weights[0].filenames", "where a list", "filenames: "),
        ("acme/model", "weights[0]", "where a block of keys belongs", "repo_id: owner/name"),
    ],
)
def test_offences(entry: Any, path: str, problem: str, fix: str) -> None:
    _normal, offences = validate({"a": spec(entry)})
    (found,) = [offence for offence in offences if offence.path == path]
    assert problem in found.problem
    assert fix in found.fix


def test_the_normal_form_has_every_key() -> None:
    normal, offences = validate(
        {"a": spec(GOOD, {**GOOD, "revision": "main", "resolve": True, "local_dir": "/data/m"})}
    )
    assert offences == []
    whole = {
        "repo_id": "acme/model",
        "repo_type": "model",
        "revision": COMMIT,
        "resolve": False,
        "local_dir": "acme/model",
        "allow_patterns": [],
        "ignore_patterns": [],
        "filenames": [],
    }
    assert normal["a"].to_dict()["weights"] == [
        whole,
        {**whole, "revision": "main", "resolve": True, "local_dir": "/data/m"},
    ]


def test_weights_do_not_rebuild_an_environment() -> None:
    with_weights, _offences = validate({"a": spec(GOOD)})
    without, _offences = validate({"a": spec()})
    assert digest(with_weights["a"]) == digest(without["a"])


def test_what_specs_want_alike_comes_once_and_a_contradiction_is_told() -> None:
    normal, _offences = validate({"a": spec(GOOD), "b": spec(GOOD, {**GOOD, "local_dir": "other"})})
    assert [entry["local_dir"] for entry in wanted(normal, "/w/")] == ["/w/acme/model", "/w/other"]
    normal, _offences = validate({"a": spec(GOOD), "b": spec({**GOOD, "filenames": ["x"]})})
    with pytest.raises(ValueError, match="a and b both want acme/model in /w/acme/model"):
        wanted(normal, "/w")
