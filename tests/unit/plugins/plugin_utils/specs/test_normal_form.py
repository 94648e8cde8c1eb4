# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The normal form: every key is there, every value has one form, and nothing but plain types is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs, validate

COMMIT = "0123456789ABCDEF0123456789abcdef01234567"
FLASH = "https://github.com/Dao-AILab/flash-attention.git"
CLIP = "https://github.com/openai/CLIP.git"
EMPTY: dict[str, Any] = {
    "name": "a", "description": "", "python": "3.11", "torch": None, "packages": [], "build_packages": [],
    "torch_extensions": [],
    "git_packages": [], "checkouts": [], "constraints": [], "index_url": "", "extra_index_urls": [], "find_links": [],
    "hashes": {}, "environment": {}, "system_packages": [], "api_keys": [], "imports": [], "weights": [],
    "locked": None,
}  # fmt: skip

EVERYTHING = {
    "description": "all there is",
    "python": "3.11.7",
    "torch": {"version": "2.1.0", "torchvision": "0.16.0", "torchaudio": "2.1.0", "cuda": "cu118"},
    "packages": [
        "xformers == 0.0.22.post7+cu118",
        "huggingface_hub[hf_xet,cli]==0.26.2",
        "numpy===1.24.2",
        "numpy===1.24.2",
        "Pillow>=9,<10",
        "tqdm~=4.65",
        "av==13.*",
        "six==1.16.0; python_version<'3.12'",
        "x @ https://host/x.whl#sha256=" + "B" * 64,
    ],
    "build_packages": ["apex==1.0"],
    "torch_extensions": [
        {"name": "Flash_Attn", "url": FLASH, "tag": "v2.6.3", "archs": ["90", "80"], "released_url": "none",
         "build": "never", "environment": {"A": "1"}},
        {"name": "fused", "version": "1.0", "released_url": "https://mirror/{version}/{name}", "imports": ["fused.ops"],
         "wheel": {"url": "https://host/fused-1.0%2Bcu12-cp311-cp311-linux_x86_64.whl", "sha256": "E" * 64}},
    ],
    "git_packages": [
        {"name": "clip", "url": CLIP, "commit": COMMIT},
        {"name": "fa", "url": "ssh://git@host/fa.git", "tag": "v2.6.3", "subdirectory": "py", "editable": True,
         "extras": ["b", "a"], "build_isolation": False},
    ],
    "checkouts": [
        {"url": "https://github.com/Doubiiu/DynamiCrafter.git", "commit": COMMIT},
        {"url": "file:///srv/git/x", "tag": "v1", "path": "./models/x/"},
    ],
    "constraints": ["tokenizers<0.22", "Pillow!=9.1", "torch<3"],
    "pins": "bounded",
    "index_url": "https://mirror/simple",
    "extra_index_urls": ["https://mirror/two", "https://mirror/two"],
    "find_links": ["/srv/wheels", "https://mirror/wheels"],
    "hashes": {"Huggingface.Hub": ["sha256:" + "C" * 64, "sha256:" + "c" * 64], "tokenizers": ["sha512:" + "d" * 128]},
    "system_packages": ["ffmpeg", {"debian": "libgl1", "redhat": "mesa-libGL"}, "ffmpeg"],
    "environment": {"MAX_JOBS": "2", "EMPTY": ""},
    "api_keys": ["LUMA_API_KEY", "LUMA_API_KEY"],
    "imports": ["torch", "google.genai", "torch"],
}  # fmt: skip


def torch_of(specs: dict[str, Spec]) -> dict[str, Any]:
    found: dict[str, Any] = specs["a"].to_dict()["torch"]
    return found


def test_what_is_not_written_is_empty() -> None:
    written = {"python": "3.11", "torch": None, "packages": None, "pins": "", "environment": None}
    normal, offences = validate({"a": written})
    assert (normal["a"].to_dict(), offences) == (EMPTY, [])


def test_everything() -> None:
    normal, offences = validate({"a": EVERYTHING})
    assert offences == []
    assert Spec.from_dict(normal["a"].to_dict()) == normal["a"]
    assert normal["a"].to_dict() == {
        "name": "a",
        "description": "all there is",
        "python": "3.11.7",
        "torch": {
            "version": "2.1.0",
            "torchvision": "0.16.0",
            "torchaudio": "2.1.0",
            "cuda": "cu118",
            "cuda_version": "11.8",
            "requirements": ["torch==2.1.0+cu118", "torchvision==0.16.0+cu118", "torchaudio==2.1.0+cu118"],
            "index_url": "https://download.pytorch.org/whl/cu118",
        },
        "packages": [
            "xformers==0.0.22.post7+cu118",
            "huggingface_hub[cli,hf_xet]==0.26.2",
            "numpy===1.24.2",
            "Pillow<10,>=9",
            "tqdm~=4.65",
            "av==13.*",
            'six==1.16.0; python_version < "3.12"',
            "x @ https://host/x.whl#sha256=" + "B" * 64,
        ],
        "build_packages": ["apex==1.0"],
        "torch_extensions": [
            {"name": "flash-attn", "version": "2.6.3", "url": FLASH, "commit": "", "tag": "v2.6.3", "build": "never",
             "wheel": None, "released_url": "", "archs": ["80", "90"], "environment": {"A": "1"},
             "imports": ["flash_attn", "flash_attn_2_cuda"]},
            {"name": "fused", "version": "1.0", "url": "", "commit": "", "tag": "", "build": "auto", "archs": [],
             "released_url": "https://mirror/{version}/{name}", "environment": {}, "imports": ["fused.ops"],
             "wheel": {"url": "https://host/fused-1.0%2Bcu12-cp311-cp311-linux_x86_64.whl", "sha256": "e" * 64}},
        ],
        "git_packages": [
            {"name": "clip", "url": CLIP, "commit": COMMIT.lower(), "tag": "", "subdirectory": "", "editable": False,
             "extras": [], "build_isolation": True},
            {"name": "fa", "url": "ssh://git@host/fa.git", "commit": "", "tag": "v2.6.3", "subdirectory": "py",
             "editable": True, "extras": ["a", "b"], "build_isolation": False},
        ],
        "checkouts": [
            {"url": "https://github.com/Doubiiu/DynamiCrafter.git", "commit": COMMIT.lower(), "tag": "",
             "path": "DynamiCrafter"},
            {"url": "file:///srv/git/x", "commit": "", "tag": "v1", "path": "models/x"},
        ],
        "constraints": ["tokenizers<0.22", "Pillow!=9.1", "torch<3"],
        "index_url": "https://mirror/simple",
        "extra_index_urls": ["https://mirror/two"],
        "find_links": ["/srv/wheels", "https://mirror/wheels"],
        "hashes": {"huggingface-hub": ["sha256:" + "c" * 64], "tokenizers": ["sha512:" + "d" * 128]},
        "environment": {"MAX_JOBS": "2", "EMPTY": ""},
        "system_packages": ["ffmpeg", {"debian": "libgl1", "redhat": "mesa-libGL"}],
        "api_keys": ["LUMA_API_KEY"],
        "imports": ["torch", "google.genai"],
        "weights": [],
        "locked": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("requirements", "markers"),
    [(["imageio==2.37.2", "imageio[ffmpeg]==2.37.2"], 2),
     (["numpy==1.26.4; python_version < '3.11'", "numpy==2.2.6; python_version >= '3.11'"], 2),
     (["numpy==1.24.2,<2"], 1), (["a==1!2.0.dev1"], 1)],
)  # fmt: skip
def test_pins_that_look_wrong_and_are_not(requirements: list[str], markers: int) -> None:
    normal, offences = validate({"a": {"python": "3.11", "packages": requirements}})
    assert offences == []
    assert len(normal["a"].packages) == markers


@pytest.mark.parametrize(
    ("selected", "expected"),
    [(None, ["b", "a"]), ([], ["b", "a"]), ("", ["b", "a"]), (["a"], ["a"]), ("a, b,a", ["a", "b"]), (("b",), ["b"])],
)
def test_selected(selected: Any, expected: list[str]) -> None:
    normal, offences = validate({"b": {"python": "3.11"}, "a": {"python": "3.10"}}, selected)
    assert (list(normal), offences) == (expected, [])


@pytest.mark.parametrize(
    ("torch", "options", "requirements", "index_url"),
    [
        ({"version": "2.5.1", "cuda": "cu124"}, {}, ["torch==2.5.1"], ""),
        ({"version": "2.5.1", "cuda": "cu118"}, {"index_url": "https://m/{build}/x"}, ["torch==2.5.1+cu118"],
         "https://m/cu118/x"),
        ({"version": "2.5.1", "cuda": "cu118"}, {"index_urls": {"cu118": "https://m/one"}}, ["torch==2.5.1+cu118"],
         "https://m/one"),
        # A private build that nobody else knows.
        ({"version": "2.5.1", "cuda": "cu999"}, {"index_urls": {"cu999": "https://m/one"}}, ["torch==2.5.1+cu999"],
         "https://m/one"),
        ({"version": "2.5.1", "cuda": "cu999", "index_url": "https://m/two"}, {}, ["torch==2.5.1+cu999"],
         "https://m/two"),
        ({"version": "2.5.1", "cuda": "cu118", "index_url": "default"}, {}, ["torch==2.5.1"], ""),
    ],
)  # fmt: skip
def test_indexes(torch: dict[str, str], options: dict[str, Any], requirements: list[str], index_url: str) -> None:
    normal, offences = validate({"a": {"python": "3.11", "torch": torch}}, None, options)
    assert offences == []
    assert (torch_of(normal)["requirements"], torch_of(normal)["index_url"]) == (requirements, index_url)


def test_load_specs_tells_everything_or_returns_the_selected_ones() -> None:
    assert list(load_specs({"a": {"python": "3.11"}, "b": {"python": "3.11"}}, ["b"])) == ["b"]
    with pytest.raises(ModelEnvError) as caught:
        load_specs({"a": {"python": "3.11", "packages": ["x", "y"]}, "b": {"python": "3.11", "packages": ["z"]}}, ["b"])
    assert caught.value.kind == "invalid"
    assert [offence["spec"] for offence in caught.value.details["offences"]] == ["a", "a", "b"]
    assert caught.value.message == (
        "3 things to correct in the specs\n"
        "\n"
        "a\n"
        '  - packages[0]: "x" is not pinned\n'
        '      packages: ["x==<version>"]\n'
        '  - packages[1]: "y" is not pinned\n'
        '      packages: ["y==<version>"]\n'
        "\n"
        "b\n"
        '  - packages[0]: "z" is not pinned\n'
        '      packages: ["z==<version>"]\n'
        "\n"
        "The line below each offence is what to write instead.\n"
        "Why: the specs are checked before anything is changed.\n"
        "What to do: correct the inventory and run again."
    )


def test_load_specs_takes_the_index_variables() -> None:
    specs = {"a": {"python": "3.11", "torch": {"version": "2.5.1", "cuda": "cu118"}}}
    by_template = load_specs(specs, None, {"cpu": "https://m/cpu"}, "https://m/{build}")
    assert torch_of(by_template)["index_url"] == "https://m/cu118"
    assert torch_of(load_specs(specs, None, {"cu118": "https://m/x"}))["index_url"] == "https://m/x"
    assert load_specs(specs, None, "https://n/{build}") == load_specs(specs, None, None, "https://n/{build}")


class Tagged(str):
    """As Ansible's own texts: equal to a plain one, and not one."""


def test_the_normal_form_holds_plain_types_only() -> None:
    specs = load_specs({Tagged("a"): {"python": Tagged("3.11"), "imports": (Tagged("os"),), "api_keys": [Tagged("K")]}})
    spec = specs["a"].to_dict()
    assert json.loads(json.dumps(spec)) == spec
    assert {type(text) for text in (*specs, spec["name"], spec["python"], *spec["imports"], *spec["api_keys"])} == {str}
