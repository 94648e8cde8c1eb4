# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolutions by the real resolver, against an index of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.locks.resolution import Resolution, ResolutionSettings
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.tests.support.index import Index
from ansible_collections.portable.model_env.tests.support.locks import TOOLS_LOCK, make_cache
from ansible_collections.portable.model_env.tests.support.packages import Repository, archive, sources, wheel
from ansible_collections.portable.model_env.tests.support.specs import make_spec


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    wheels = tmp_path / "served" / "wheels"
    for version in ("1.0", "1.1"):
        wheel(wheels, "left", version)
    wheel(wheels, "whole", "1.0", requires=["left"])
    with Index(tmp_path / "served").running() as running:
        yield running


def resolution(tmp_path: Path, **settings: Any) -> Resolution:
    cache = tmp_path / "cache"
    if not cache.exists():
        make_cache(cache)
    given = {"tools_lock": TOOLS_LOCK, "platform": "x86_64-manylinux_2_28", "retries": 0, **settings}
    return Resolution(CommandRunner(), ResolutionSettings(str(cache), **given))


def spec(index: Index, **fields: Any) -> Spec:
    return make_spec(python="3.11", index_url=index.simple, **fields)


def versions(text: str) -> dict[str, str]:
    return {one["name"]: one.get("version", "") for one in tomllib.loads(text)["packages"]}


def test_the_versions_of_the_lock_before_stay_unless_an_upgrade_is_asked_for(index: Index, tmp_path: Path) -> None:
    wanted = spec(index, packages=["whole==1.0"])
    first = resolution(tmp_path).resolve(wanted, "").pylock
    assert versions(first) == {"left": "1.1", "whole": "1.0"}
    wheel(index.folder / "wheels", "left", "1.2")
    assert versions(resolution(tmp_path).resolve(wanted, first).pylock)["left"] == "1.1"
    assert versions(resolution(tmp_path, upgrade=["left"]).resolve(wanted, first).pylock)["left"] == "1.2"
    assert versions(resolution(tmp_path, upgrade=["*"]).resolve(wanted, first).pylock)["left"] == "1.2"
    assert not list((tmp_path / "cache" / "tmp").iterdir())


def test_seeds_give_way_to_what_a_spec_requires_and_that_is_said(index: Index, tmp_path: Path) -> None:
    wheel(index.folder / "wheels", "lightning", "1.6.0", requires=["left==1.0"])
    found = resolution(tmp_path, seeds=["left==1.1"]).resolve(spec(index, packages=["lightning==1.6.0"]), "")
    assert versions(found.pylock)["left"] == "1.0"
    assert "left==1.1" in found.notes[0]
    assert resolution(tmp_path, seeds=["left==1.1"]).resolve(spec(index, packages=["whole==1.0"]), "").notes == ()
    young = resolution(tmp_path, seeds=["left==9.9"]).resolve(spec(index, packages=["whole==1.0"]), "")
    assert versions(young.pylock)["left"] == "1.1" and "left==9.9" in young.notes[0]
    with pytest.raises(ModelEnvError, match="lightning==7"):
        resolution(tmp_path, seeds=["left==9.9"]).resolve(spec(index, packages=["lightning==7"]), "")


def test_what_does_not_fit_together_is_refused_with_both_names(index: Index, tmp_path: Path) -> None:
    wheel(index.folder / "wheels", "user", "1.0", requires=["left<1.1"])
    with pytest.raises(ModelEnvError) as error:
        resolution(tmp_path).resolve(spec(index, packages=["user==1.0", "left==1.1"]), "")
    assert error.value.kind == "resolution"
    assert "user" in error.value.message and "left" in error.value.message


def test_an_extension_that_needs_torch_to_be_read_satisfies_whoever_requires_it(index: Index, tmp_path: Path) -> None:
    setup = "import torch\nfrom setuptools import setup\nsetup(name='flash-attn', version='2.8.3')\n"
    archive(index.folder / "wheels", "flash_attn-2.8.3", {"setup.py": setup, "PKG-INFO": "Metadata-Version: 1.0\n"})
    wheel(index.folder / "wheels", "torch", "99.0")
    wheel(index.folder / "wheels", "einops", "99.0")
    wheel(index.folder / "wheels", "embed", "1.0", requires=["flash-attn"])
    wanted = spec(index, packages=["embed==1.0"], torch_extensions=[{"name": "flash-attn", "version": "2.8.3"}])
    found = versions(resolution(tmp_path).resolve(wanted, "").pylock)
    assert found == {"einops": "99.0", "embed": "1.0", "flash-attn": "2.8.3", "torch": "99.0"}


def test_a_git_packages_own_sources_have_no_say(index: Index, tmp_path: Path) -> None:
    repository = Repository(index.folder, "model")
    theirs = tmp_path / "theirs"
    wheel(theirs, "left", "9.9")
    files = sources("model", "0.1", requires=["left"])
    files["pyproject.toml"] += f'\n[tool.uv.sources]\nleft = {{ path = "{theirs}/left-9.9-py3-none-any.whl" }}\n'
    commit = repository.commit(files, tag="v1")
    package = {"name": "model", "url": f"file://{repository.bare}", "tag": "v1"}
    text = resolution(tmp_path).resolve(spec(index, git_packages=[package]), "").pylock
    assert versions(text)["left"] == "1.1"
    assert next(one for one in tomllib.loads(text)["packages"] if one["name"] == "model")["vcs"]["commit-id"] == commit


def test_the_resolver_is_named_with_the_version_of_its_lock(tmp_path: Path) -> None:
    assert resolution(tmp_path).resolver == "uv 0.13.9"
    assert resolution(tmp_path, tools_lock="pip==1\n").resolver == "uv"


def test_a_limit_of_time_is_named_where_something_is_not_found(index: Index, tmp_path: Path) -> None:
    with pytest.raises(ModelEnvError) as error:  # the index says of no file when it came
        resolution(tmp_path, until="2026-06-01").resolve(spec(index, packages=["left==1.0"]), "")
    assert "what came after 2026-06-01 was left out" in error.value.why
