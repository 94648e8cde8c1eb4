# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories: every spec is in order, and those of VMEvalKit install what its setup scripts install."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.portable.model_env.plugins.module_utils.specs import torch_builds
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels import predict
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import released_mismatches, released_wheel
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import validate

# Every script that names no index asks for torch 2.5.1.
DEFAULT_BUILD = torch_builds.RELEASES["2.5"].default
ROOT = Path(__file__).resolve().parents[3]
# What VMEvalKit's own setup scripts install, model by model.
SCRIPTS: dict[str, Any] = yaml.safe_load((ROOT / "tests/unit/data/vmevalkit-models.yml").read_text(encoding="utf-8"))

HUNYUAN, MORPHIC = "hunyuan-video-i2v", "morphic-frames-to-video"
REQUIREMENTS_TXT = "requirements_file: ${SUBMODULES_DIR}/morphic-frames-to-video/requirements.txt"
BUILD_TOOL = "unpinned in the script: the version of the collection's build tools"
LAST = "a range in the script: its last version"
# Where a spec does not say what the script says: (model, the script's words) -> (what the spec says, why).
PINNED = {
    (HUNYUAN, "git+https://github.com/openai/CLIP.git"): (
        ["clip @ git+https://github.com/openai/CLIP.git@d05afc436d78f1c48dc0dbf8e5980a9d471f35f6"],
        "the script takes the default branch: its commit of 2026-03-25",
    ),
    (HUNYUAN, "git+https://github.com/Dao-AILab/flash-attention.git@v2.6.3"): (
        ["flash-attn @ git+https://github.com/Dao-AILab/flash-attention.git@418d677192b483dfc1decfdf9aadca40b402485d"],
        "the commit of the same tag, with the name of the distribution",
    ),
    (HUNYUAN, "ninja"): (["ninja==1.13.0"], BUILD_TOOL),
    (MORPHIC, "torchvision"): (["torchvision==0.20.0+cu121"], "unpinned in the script: it belongs to torch 2.5.0"),
    (MORPHIC, "packaging"): (["packaging==25.0"], BUILD_TOOL),
    (MORPHIC, "ninja"): (["ninja==1.13.0"], BUILD_TOOL),
    (MORPHIC, "psutil"): (["psutil==7.1.3"], BUILD_TOOL),
    (MORPHIC, "wheel"): (["wheel==0.45.1"], BUILD_TOOL),
    (MORPHIC, "setuptools"): (["setuptools==80.9.0"], BUILD_TOOL),
    (MORPHIC, "diffusers>=0.31.0,<0.33.0"): (["diffusers==0.32.2"], LAST),
    (MORPHIC, "peft>=0.12.0,<0.13.0"): (["peft==0.12.0"], LAST),
    (MORPHIC, REQUIREMENTS_TXT): (
        ["torchaudio==2.5.0+cu121", "transformers==4.50.3", "tokenizers==0.21.4", "opencv-python==4.11.0.86",
         "numpy==1.26.4", "accelerate==1.12.0", "tqdm==4.67.1", "imageio[ffmpeg]==2.37.2", "imageio-ffmpeg==0.6.0",
         "easydict==1.13", "ftfy==6.3.1", "dashscope==1.25.4", "librosa==0.11.0"],
        "pins nothing: the spec says the reason line by line",
    ),
}  # fmt: skip
# What a spec has and the script has not.
ADDED = {
    (
        "dynamicrafter-1024",
        "setuptools==80.9.0",
    ): "Python 3.10's own venv brings it; pytorch_lightning imports pkg_resources",
    ("dynamicrafter-512", "setuptools==80.9.0"): "the same",
    ("videocrafter2-512", "setuptools==80.9.0"): "the same",
}


@cache
def variables(inventory: str) -> dict[str, Any]:
    """The variables of every host as Ansible evaluates them."""
    play = [
        {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [{"ansible.builtin.debug": {"msg": MESSAGE}, "run_once": True}],
        }
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    command = [sys.executable, "-m", "ansible", "playbook", "-i", f"inventories/{inventory}", "/dev/stdin"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=json.dumps(play), capture_output=True, text=True, check=True
    )
    answer = done.stdout[done.stdout.index("=> {") + 3 : done.stdout.rindex("PLAY RECAP")]
    hosts: dict[str, Any] = json.loads(json.loads(answer)["msg"])
    return hosts


MESSAGE = (
    "{% set ns = namespace(hosts={}) %}{% for host in groups['gpu_nodes'] %}"
    "{% set ns.hosts = ns.hosts | combine({host: {"
    "'specs': hostvars[host].model_env_specs, 'selected': hostvars[host].model_env_selected | default([]),"
    "'index_url': hostvars[host].cuda_torch_index_url | default(''),"
    "'index_urls': hostvars[host].cuda_torch_index_urls | default({})}}) %}{% endfor %}{{ ns.hosts | to_json }}"
)


def spec_of(name: str) -> Spec:
    written = next(iter(variables("vmevalkit").values()))["specs"]
    return validate(written, [name])[0][name]


def normal(name: str) -> dict[str, Any]:
    return spec_of(name).to_dict()


def spelled(requirement: str) -> str:
    """Without what says nothing: letter case and the two spellings of a hyphen in a name."""
    name = re.match(r"[\w.-]*", requirement)
    assert name
    return name.group(0).replace("_", "-").lower() + requirement[name.end() :]


def of_script(model: str) -> list[str]:
    """Everything that a script installs, in its own words; a pinned torch names the build that the script gets."""
    result = []
    for step in SCRIPTS[model]["installs"]:
        for requirement in step.get("requirements", []):
            name, _pin, version = requirement.partition("==")
            if name in torch_builds.TRIO and version and "+" not in version:
                index = step.get("index_url", "").rpartition("/")[2]
                requirement += "+" + (index or DEFAULT_BUILD)  # noqa: PLW2901
            result.append(requirement)
        result += [f"requirements_file: {path}" for path in step.get("requirements_file", [])]
    return result


def of_spec(spec: dict[str, Any]) -> list[str]:
    """Everything that a spec installs, as requirements; torch names its build."""
    result = [spelled(requirement) for requirement in spec["packages"] + spec["build_packages"]]
    for requirement in spec["torch"]["requirements"] if spec["torch"] else []:
        result.append(requirement.partition("+")[0] + "+" + spec["torch"]["cuda"])
    for git in spec["git_packages"]:
        result.append(f"{git['name']} @ git+{git['url']}@{git['commit'] or git['tag']}")
    for extension in spec["torch_extensions"]:
        git = f" @ git+{extension['url']}@{extension['commit'] or extension['tag']}"
        result.append(extension["name"] + (git if extension["url"] else f"=={extension['version']}"))
    return sorted(result)


@pytest.mark.parametrize("inventory", ["vmevalkit", "local", "example"])
def test_every_inventory_is_in_order(inventory: str) -> None:
    for host, written in variables(inventory).items():
        options = {"index_url": written["index_url"], "index_urls": written["index_urls"]}
        selected, offences = validate(written["specs"], written["selected"], options)
        assert offences == []
        assert selected, host


def test_local_is_svd_out_of_the_same_specs() -> None:
    (local,) = variables("local").values()
    assert local["selected"] == ["svd"]
    assert local["specs"] == next(iter(variables("vmevalkit").values()))["specs"]


def test_there_is_a_spec_for_every_model() -> None:
    (everything,) = variables("vmevalkit").values()
    assert sorted(everything["specs"]) == sorted(SCRIPTS)
    assert len(SCRIPTS) == 22


def test_every_digest_stays() -> None:
    # A release is found by it, so a new version of the collection must not change one by accident.
    recorded = json.loads((ROOT / "tests/unit/data/vmevalkit-digests.json").read_text(encoding="utf-8"))
    assert {model: digest(spec_of(model)) for model in SCRIPTS} == recorded


@pytest.mark.parametrize("model", sorted(SCRIPTS))
def test_a_spec_installs_what_its_script_installs(model: str) -> None:
    wanted = {requirement for owner, requirement in ADDED if owner == model}
    for words in of_script(model):
        wanted |= {spelled(pin) for pin in PINNED.get((model, words), ([words], ""))[0]}
    assert of_spec(normal(model)) == sorted(wanted)


@pytest.mark.parametrize("model", sorted(SCRIPTS))
def test_a_spec_takes_the_rest_from_its_script(model: str) -> None:
    script, spec = SCRIPTS[model], normal(model)
    builds = {step["index_url"].rpartition("/")[2] for step in script["installs"] if "index_url" in step}
    torch = any(words.startswith("torch") for words in of_script(model))
    assert (spec["torch"] or {}).get("cuda") == ((builds or {DEFAULT_BUILD}).pop() if torch else None)
    assert spec["python"] == ("3.10" if (spec["torch"] or {}).get("cuda") in {"cu118", "cu121"} else "3.11")
    assert [(source["url"], source["commit"]) for source in spec["checkouts"]] == [
        (source["url"], source["commit"]) for source in script.get("checkouts", [])
    ]
    # What OpenCV's wheel links, and the scripts take for granted.
    opencv = ["libgl1", "libglib2.0-0"] if "cv2" in spec["imports"] else []
    assert spec["system_packages"] == script.get("system", []) + opencv
    assert spec["api_keys"] == [script[key] for key in ("api_key_variable",) if key in script]
    assert spec["imports"]
    unisolated = [
        words for step in script["installs"] if step.get("build_isolation") is False for words in step["requirements"]
    ]
    built = spec["build_packages"] + [git["name"] for git in spec["git_packages"] if not git["build_isolation"]]
    assert len(built) + len(spec["torch_extensions"]) == len(unisolated)


def test_every_exception_is_used() -> None:
    for model, words in PINNED:
        assert words in of_script(model), (model, words)
    for model, requirement in ADDED:
        assert requirement in of_spec(normal(model))


@pytest.mark.parametrize(
    ("model", "built", "released"),
    [
        (HUNYUAN, "flash_attn-2.6.3-cp310-cp310-linux_x86_64.whl",
         "flash_attn-2.6.3+cu123torch2.4cxx11abiFALSE-cp310-cp310-linux_x86_64.whl"),
        (MORPHIC, "flash_attn-2.7.0.post2-cp310-cp310-linux_x86_64.whl",
         "flash_attn-2.7.0.post2+cu12torch2.5cxx11abiFALSE-cp310-cp310-linux_x86_64.whl"),
    ],
)  # fmt: skip
def test_the_wheel_of_flash_attn_has_its_name_before_anything_is_installed(
    model: str, built: str, released: str
) -> None:
    """The names are those that setup.py of these versions computes (get_wheel_url)."""
    spec = spec_of(model)
    (entry,) = spec.torch_extensions
    assert spec.torch is not None
    node = {"machine": "x86_64", "libc": "glibc2.35", "gpus": ["90"]}
    key = predict.key(entry, predict.facts(spec.python, spec.torch, node))
    assert predict.wheel_name(key) == built
    found = released_wheel(replace(key, commit=""))
    assert found is not None
    assert (found.name, released_mismatches(key, found)) == (released, [])
