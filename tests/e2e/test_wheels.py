# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Torch extensions: where their wheels come from, in which order, and what is said of it. Nothing is compiled here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, Wheelhouse
from ansible_collections.portable.model_env.tests.support import stand_in

from .conftest import CHECKOUT, Run, Site
from .test_provision import output_of

RELEASED = f"fused_part-1.0+cputorch2.13cxx11abiTRUE-{stand_in.TAG}-{stand_in.TAG}-{stand_in.PLATFORM}.whl"

# The plan for what the inventory of VMEvalKit says, but for the address of the releases.
VMEVALKIT = """
- hosts: n1
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact:
        written: "{{ model_env_specs }}"
    - ansible.builtin.include_role: {name: portable.model_env.model_env, tasks_from: plan}
      loop: [hunyuan-video-i2v, morphic-frames-to-video]
      vars:
        flash: "{{ written[item].torch_extensions[0] | combine({'released_url': releases}) }}"
        model_env_specs: "{{ {item: written[item] | combine({'torch_extensions': [flash]})} }}"
"""


@pytest.fixture
def wheels(site: Site, tmp_path: Path) -> Site:
    """A node with a spec that wants the extension; the index has its torch and no wheel of it."""
    stand_in.plant_torch(site.index.folder / "wheels")
    site.settings.update(cuda_torch_index_url="default", flash_attn_cache=str(tmp_path / "cache"))
    want(site)
    return site


def want(site: Site, **fields: Any) -> None:
    """Have the spec ask for the extension."""
    entry = {"name": stand_in.NAME, "version": "1.0", "build": "never", "released_url": "none", **fields}
    site.specs = {"demo": site.spec(torch={"version": stand_in.TORCH, "cuda": "cpu"}, torch_extensions=[entry])}


def release(site: Site, name: str = RELEASED) -> Path:
    """Have the project release the wheel."""
    made = stand_in.extension_wheel(site.folder / "released", local=name.split("-")[1].partition("+")[2])
    return made.rename(site.index.folder / "wheels" / name)


def looks(run: Run) -> dict[str, str]:
    """Result by place, as the run showed them."""
    found = re.findall(
        r"^    (node wheelhouse|fleet wheelhouse|controller's cache|wheel of the spec|released wheel|build) +(\w+)",
        run.output,
        re.MULTILINE,
    )
    return dict(found)


@dataclass
class Cached:
    """A wheelhouse with the built wheel, where the nodes cannot see it."""

    folder: Path
    wheel: Path


@pytest.fixture
def cached(tmp_path: Path) -> Cached:
    made = stand_in.extension_wheel(tmp_path / "built")
    Wheelhouse(str(tmp_path / "cache")).put(stand_in.key(), str(made), BUILT)
    return Cached(tmp_path / "cache", made)


def installed(site: Site) -> str:
    return output_of(site.python("demo"), "import fused_part; print(fused_part.ORIGIN)")


def receipt(site: Site) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((site.root() / "envs" / "demo" / "model_env-receipt.json").read_text())
    extension: dict[str, Any] = content["extensions"][0]
    return extension


def test_the_wheel_that_the_spec_names_is_fetched_once_and_installed_as_a_file(wheels: Site) -> None:
    file = release(wheels)
    url = f"{wheels.index.url}/files/{file.name}"
    want(wheels, wheel={"url": url, "sha256": stand_in.sha256(file)})
    check = wheels.converged("--check", "--diff")
    assert looks(check)["wheel of the spec"] == "hit"
    assert not (wheels.root() / "wheelhouse").exists()
    run = wheels.converged("--diff")
    assert looks(run) == {
        "node wheelhouse": "miss", "fleet wheelhouse": "skipped", "controller's cache": "miss",
        "wheel of the spec": "hit", "released wheel": "skipped", "build": "skipped",
    }  # fmt: skip
    assert installed(wheels) == "released"
    assert output_of(wheels.python("demo"), "import single; print('also')") == "also", "what it needs came, too"
    assert receipt(wheels)["sha256"] == stand_in.sha256(file)
    assert (receipt(wheels)["from"], receipt(wheels)["origin"]) == (url, "named")
    wheels.index.requests.clear()
    again = wheels.converged()
    assert (again.recap("n1")["changed"], again.executions["n1"], wheels.index.requests) == (0, 1, [])


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_a_wrong_hash_fails_the_environment_before_torch_is_fetched(wheels: Site) -> None:
    file = release(wheels)
    want(wheels, wheel={"url": f"{wheels.index.url}/files/{file.name}", "sha256": "0" * 64}, build="auto")
    wheels.specs["other"] = wheels.spec("single==1.0")
    wheels.index.requests.clear()
    run = wheels.provision()
    assert run.rc != 0
    assert (run.row("n1", "demo")[2], run.row("n1", "other")[2]) == ("failed", "built")
    assert "its sha256 is" in run.output
    assert not [path for path in wheels.index.requests if "torch" in path and "torch2.13" not in path]
    assert wheels.litter() == []


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_a_released_wheel_that_cannot_be_looked_up_is_an_error_and_no_build(wheels: Site) -> None:
    want(wheels, released_url="http://127.0.0.1:9/{version}/{name}", build="auto")
    check = wheels.provision("--check")
    assert check.rc == 0, "whether there is one, a check run cannot know"
    assert RELEASED in check.output, "but its name it can"
    run = wheels.provision()
    assert run.rc != 0
    assert (looks(run)["released wheel"], looks(run)["build"]) == ("failed", "refused")
    assert "say released_url: none" in run.output


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_the_controller_hands_on_what_it_has_and_a_shared_folder_comes_first(wheels: Site, cached: Cached) -> None:
    wheels.hosts = ("n1", "n2")
    check = wheels.converged("--check")
    assert looks(check)["controller's cache"] == "hit"
    run = wheels.converged()
    assert looks(run)["controller's cache"] == "hit"
    assert (installed(wheels), receipt(wheels)["from"]) == ("built", "controller's cache")
    for host in wheels.hosts:
        (kept,) = Wheelhouse(str(wheels.root(host) / "wheelhouse")).entries()
        assert kept.sha256 == stand_in.sha256(cached.wheel)
    assert not list((wheels.folder / "n1").glob("**/*offer*"))
    again = wheels.converged()
    assert again.executions == {"n1": 1, "n2": 1}
    # A new node of a fleet that shares a folder takes it from there, though the cache has it, too.
    wheels.hosts = ("n3",)
    shared = wheels.converged(flash_attn_wheelhouse=str(cached.folder))
    assert looks(shared)["fleet wheelhouse"] == "hit"


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_what_torch_says_of_itself_wins_over_the_prediction(wheels: Site) -> None:
    """The torch of the index has the old ABI, which no table knows of."""
    stand_in.plant_torch(wheels.index.folder / "wheels", abi=False)
    file = release(wheels)
    want(wheels, wheel={"url": f"{wheels.index.url}/files/{file.name}", "sha256": stand_in.sha256(file)})
    run = wheels.converged()
    assert "another key than was predicted: its C++11 ABI is True, wanted is False" in " ".join(run.output.split())
    assert receipt(wheels)["key"]["cxx11abi"] is False
    wheels.specs["second"] = {**wheels.specs["demo"], "imports": ["single"]}
    later = wheels.converged()
    assert "than was predicted" not in later.output
    assert looks(later)["node wheelhouse"] == "hit"


def test_a_changed_torch_makes_the_wheel_stale(wheels: Site, cached: Cached, tmp_path: Path) -> None:
    wheels.converged()
    stand_in.plant_torch(wheels.index.folder / "wheels", "2.14.7")
    wheels.specs["demo"]["torch"]["version"] = "2.14.7"
    blocked = wheels.provision()
    assert blocked.rc != 0
    assert "there is no wheel of fused-part for fused_part-1.0" in blocked.output
    assert installed(wheels) == "built", "what was active still is"
    wheels.specs["demo"]["torch_extensions"][0]["build"] = "auto"
    run = wheels.provision("--check")
    assert "the wheel of fused-part is stale: it is for torch 2.13, and now there is torch 2.14" in run.output
    newer = stand_in.extension_wheel(tmp_path / "newer")
    Wheelhouse(str(cached.folder)).put(stand_in.key(torch="2.14"), str(newer), BUILT)
    wheels.converged()
    assert (installed(wheels), receipt(wheels)["key"]["torch"]) == ("newer", "2.14")


@pytest.mark.parametrize("site", ["uv"], indirect=True)
def test_the_flash_attn_of_vmevalkit_is_planned_in_check_mode(site: Site, tmp_path: Path) -> None:
    """One wheel is released, the other is not; setup.py asks for the same names (test_flash_attn_source.py)."""
    tag = f"cp310-cp310-{stand_in.PLATFORM}"
    hunyuan = f"flash_attn-2.6.3+cu123torch2.4cxx11abiFALSE-{tag}.whl"
    morphic = f"flash_attn-2.7.0.post2+cu12torch2.5cxx11abiFALSE-{tag}.whl"
    (site.index.folder / "wheels" / morphic).write_bytes(b"looked for, and not read")
    playbook = tmp_path / "plan.yml"
    playbook.write_text(VMEVALKIT)
    site.playbook = str(playbook)
    site.settings.update(flash_attn_archs=["90"], flash_attn_cache=str(tmp_path / "cache"))
    releases = f"{site.index.url}/files/{{name}}"
    inventory = str(CHECKOUT / "inventories" / "vmevalkit")
    run = site.converged("--check", "-i", inventory, "-l", "n1", "-e", json.dumps({"releases": releases}))
    assert [path for path in site.index.requests if "flash_attn" in path] == [f"/files/{hunyuan}", f"/files/{morphic}"]
    first, second = run.output.split("n1: hunyuan-video-i2v: ")[1].split("n1: morphic-frames-to-video: ")
    assert first.startswith(f"flash_attn-2.6.3-{tag}.whl (flash_attn-2.6.3.g418d677192b4-cp310-torch2.4-cu121-")
    assert re.search(r"released wheel +miss .*\n +build +hit ", first)
    assert second.startswith(f"{morphic} (flash_attn-2.7.0.post2-cp310-torch2.5-cu121-cxx11abiFALSE-")
    assert re.search(r"released wheel +hit .*\n +build +skipped ", second)
