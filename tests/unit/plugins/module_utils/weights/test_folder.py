# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a repository in its target folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.weights.folder import TargetFolder
from ansible_collections.portable.model_env.plugins.module_utils.weights.manifest import Manifest
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.partial import partial_name
from ansible_collections.portable.model_env.tests.support.hub_files import held, hub_file, path


@pytest.fixture
def folder(tmp_path: Path) -> TargetFolder:
    found = TargetFolder(str(tmp_path / "weights"), "model", "acme/x")
    found.prepare()
    return found


def test_a_manifest_is_this_repositorys_alone(folder: TargetFolder) -> None:
    assert folder.read_manifest() is None
    manifest = Manifest("acme/x", "model", files={path("a"): held(1, "a", 2)})
    folder.write_manifest(manifest)
    assert folder.read_manifest() == manifest
    other = TargetFolder(folder.path, "model", "acme/y")
    assert other.read_manifest() is None
    assert other.claimed_by_others() == {"a": "model acme/x"}
    # One that was copied there from elsewhere speaks of another repository.
    os.rename(os.path.join(folder.state, "model--acme--x.json"), os.path.join(folder.state, "model--acme--y.json"))
    assert other.read_manifest() is None


def test_look_tells_links_from_files(folder: TargetFolder) -> None:
    Path(folder.target("a")).write_bytes(b"1234")
    Path(folder.target("link")).symlink_to("a")
    seen = folder.look(["a", "link", "missing", "a/below"])
    assert {path: (found.size, found.regular) for path, found in seen.items() if path == "a"} == {"a": (4, True)}
    assert (set(seen), seen["link"].regular) == ({"a", "link"}, False)


def test_only_partial_files_that_are_wanted_stay(folder: TargetFolder) -> None:
    wanted = hub_file("a", 1, "sha256:" + "a" * 64)
    names = [f"{partial_name(wanted)}.part", f"{partial_name(wanted)}.journal", "other.part"]
    for name in names:
        Path(folder.partials, name).touch()
    old, young = Path(folder.state, ".new-old"), Path(folder.state, ".new-young")
    for litter in (old, young):
        litter.touch()
    os.utime(old, (0, 0))
    folder.clean([wanted])
    assert sorted(os.listdir(folder.partials)) == sorted(names[:2])
    assert (old.exists(), young.exists()) == (False, True)


def test_removing_takes_empty_folders_and_nothing_else(folder: TargetFolder) -> None:
    for name in ("sub/deep/a", "sub/mine"):
        Path(folder.target(name)).parent.mkdir(parents=True, exist_ok=True)
        Path(folder.target(name)).touch()
    folder.remove(["sub/deep/a", "never/there"])
    assert sorted(os.listdir(folder.target("sub"))) == ["mine"]


def test_leaving_takes_our_empty_folders_along(folder: TargetFolder) -> None:
    assert folder.has_state()
    folder.leave()
    assert not os.path.exists(folder.path)
    folder.prepare()
    Path(folder.target("mine")).touch()
    folder.leave()
    assert os.listdir(folder.path) == ["mine"]


def test_a_link_in_the_place_of_a_folder_is_refused(folder: TargetFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Path(folder.target("inside")).mkdir()
    folder.refuse_links([hub_file("a", 1, ""), hub_file("inside/a", 1, ""), hub_file("missing/a", 1, "")])
    for name, target in (("near", "inside"), ("far", str(tmp_path / "elsewhere")), ("dangling", "nowhere")):
        Path(folder.target(name)).symlink_to(target)
        with pytest.raises(ModelEnvError, match=f"{name}/below is, or lies behind, a link"):
            folder.refuse_links([hub_file(f"{name}/below/a", 1, "")])


def test_what_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelEnvError) as caught:
        TargetFolder(str(tmp_path / "file" / "below"), "model", "acme/x").prepare()
    assert (caught.value.kind, caught.value.where) == ("io", str(tmp_path / "file" / "below"))
