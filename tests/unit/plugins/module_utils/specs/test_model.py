# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The type of specs: what it reads and writes, and that everything else that names the keys agrees with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import written_keys
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import (
    Checkout,
    Extension,
    GitPackage,
    NamedWheel,
    Spec,
    Torch,
    Weights,
)
from ansible_collections.portable.model_env.tests.support.specs import make_spec

FULL: dict[str, Any] = {
    "name": "svd",
    "description": "image to video",
    "python": "3.11",
    "torch": {
        "version": "2.5.1",
        "torchvision": "0.20.1",
        "torchaudio": "",
        "cuda": "cu118",
        "cuda_version": "11.8",
        "requirements": ["torch==2.5.1+cu118", "torchvision==0.20.1+cu118"],
        "index_url": "https://mirror/cu118",
    },
    "packages": ["b==1", "a==1"],
    "build_packages": ["mmcv==2.1.0"],
    "torch_extensions": [
        {"name": "flash-attn", "version": "2.8.3", "url": "", "commit": "", "tag": "", "build": "never",
         "wheel": {"url": "https://host/x.whl", "sha256": "a" * 64}, "released_url": "", "archs": ["90"],
         "environment": {"A": "1"}, "imports": ["flash_attn"]},
    ],
    "git_packages": [
        {"name": "clip", "url": "https://host/clip.git", "commit": "0" * 40, "tag": "", "subdirectory": "",
         "editable": True, "extras": ["gpu"], "build_isolation": False},
    ],
    "checkouts": [{"url": "https://host/model.git", "commit": "", "tag": "v1", "path": "model"}],
    "constraints": ["c<2"],
    "index_url": "https://mirror/simple",
    "extra_index_urls": ["https://own"],
    "find_links": ["/srv/wheels"],
    "hashes": {"a": ["sha256:" + "b" * 64]},
    "environment": {"MAX_JOBS": "2"},
    "system_packages": ["ffmpeg", {"debian": "libgl1", "redhat": "mesa-libGL"}],
    "api_keys": ["LUMA_API_KEY"],
    "imports": ["torch"],
    "weights": [
        {"repo_id": "acme/model", "repo_type": "model", "revision": "0" * 40, "resolve": False, "local_dir": "m",
         "allow_patterns": ["*.json"], "ignore_patterns": [], "filenames": []},
    ],
}  # fmt: skip


def test_what_was_written_is_read_and_what_was_read_is_written() -> None:
    spec = Spec.from_dict(FULL)
    written = spec.to_dict()
    assert {key: written[key] for key in FULL} == FULL
    assert Spec.from_dict(spec.to_dict()) == spec
    assert Extension.from_dict(FULL["torch_extensions"][0]) == spec.torch_extensions[0]


def test_a_receipt_of_the_time_before_a_key_existed_is_read() -> None:
    old = {key: value for key, value in FULL.items() if key not in ("weights", "torch_extensions", "hashes")}
    spec = Spec.from_dict(old)
    assert (spec.weights, spec.torch_extensions, spec.hashes) == ((), (), {})
    assert digest(spec) != digest(Spec.from_dict(FULL))


def put(place: str, value: Any) -> dict[str, Any]:
    """The whole normal form with another value at one place of it."""
    changed: dict[str, Any] = dict(FULL)
    first, _dot, rest = place.partition(".")
    if rest and isinstance(FULL[first], list):
        changed[first] = [{**FULL[first][0], rest: value}]
    else:
        changed[first] = {**FULL[first], rest: value} if rest else value
    return changed


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "it is null, not a block of keys"),
        ([], "it is a list, not a block of keys"),
        ({"name": "svd"}, "python is missing"),
        ({"python": "3.11"}, "name is missing"),
        (put("later", ""), "later is a key that is not known"),
        (put("x\x1b[2J", ""), r"['x\x1b[2J'] is a key that is not known"),
        (put("python", 3.11), "python is a number, not a text"),
        (put("packages", "a==1"), "packages is a text, not a list"),
        (put("packages", ["a==1", None]), "packages[1] is null, not a text"),
        (put("torch", {"version": "2.5.1"}), "torch.cuda is missing"),
        (put("torch.later", ""), "torch.later is a key that is not known"),
        (put("torch.requirements", [1]), "torch.requirements[0] is a whole number, not a text"),
        (put("torch_extensions.wheel", {"url": "x"}), "torch_extensions[0].wheel.sha256 is missing"),
        (put("git_packages.editable", 1), "git_packages[0].editable is a whole number, not true or false"),
        (put("hashes", {"a": "sha256:b"}), "hashes.a is a text, not a list"),
        (put("environment", {"A": 1}), "environment.A is a whole number, not a text"),
        (put("system_packages", [{"debian": 1}]), "system_packages[0].debian is a whole number, not a text"),
        (put("system_packages", [1]), "system_packages[0] is a whole number"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_shape_is_refused_with_its_path(given: Any, why: str) -> None:
    with pytest.raises(ModelEnvError) as caught:
        Spec.from_dict(given, "node-1")
    assert (caught.value.kind, caught.value.where, caught.value.why) == ("invalid", "node-1", why)


@pytest.mark.parametrize("block", [Spec, Torch, Extension, NamedWheel, GitPackage, Checkout, Weights])
def test_every_key_is_documented(block: type[Any]) -> None:
    text = (Path(__file__).resolve().parents[5] / "docs" / "specs.md").read_text(encoding="utf-8")
    assert [key for key in written_keys(block) if f"`{key}`" not in text] == []


def test_torch_limits_every_transaction_and_its_index_serves_every_one() -> None:
    torch = Torch("2.5.1", "cu118", requirements=("torch==2.5.1+cu118",), index_url="https://mirror/cu118")
    spec = make_spec(constraints=["tokenizers<0.22"], extra_index_urls=["https://own"], torch=torch.__dict__)
    assert spec.limits == ["tokenizers<0.22", "torch==2.5.1+cu118"]
    assert spec.further_indexes == ["https://own", "https://mirror/cu118"]
    assert make_spec(extra_index_urls=["https://mirror/cu118"], torch=torch.__dict__).further_indexes == [
        "https://mirror/cu118"
    ]
    assert (make_spec().limits, make_spec().further_indexes) == ([], [])
