# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks of an inventory: found by name, and refused all at once before anything is connected to."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import resolved_digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.plugin_utils.locks import pylock
from ansible_collections.portable.model_env.plugins.plugin_utils.locks.folder import LockFolder
from ansible_collections.portable.model_env.tests.support.locks import SHA
from ansible_collections.portable.model_env.tests.support.specs import make_spec

A = make_spec(name="a", python="3.11", packages=["left==1.0"])
B = make_spec(name="wan-2.1", python="3.11", packages=["left==1.0", "right[x]==2.0"])


def write(folder: LockFolder, name: str, spec: Spec, version: str = "1.0") -> None:
    text = f"""lock-version = "1.0"
[[packages]]
name = "left"
version = "{version}"
wheels = [{{ url = "https://h/left-{version}-py3-none-any.whl", hashes = {{ sha256 = "{SHA}" }} }}]
"""
    facts = pylock.facts_of(spec=resolved_digest(spec), python="3.11", platform="p", resolver="uv 1", created="now")
    path = Path(folder.path_of(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(pylock.with_facts(text, facts))


@pytest.fixture
def folder(tmp_path: Path) -> LockFolder:
    return LockFolder(str(tmp_path))


def test_a_spec_knows_its_lock_and_is_another_release_with_another(folder: LockFolder) -> None:
    write(folder, "wan-2.1", B)
    specs, locks = folder.attach({"a": A, "wan-2.1": B}, "auto")
    assert specs["a"] == A
    assert list(locks) == ["wan-2.1"]
    locked = specs["wan-2.1"].locked
    assert locked is not None and locked.contents == {"left": "1.0"}
    assert Spec.from_dict(specs["wan-2.1"].to_dict(), "x") == specs["wan-2.1"]
    first = digest(specs["wan-2.1"])
    assert first != digest(B)
    write(folder, "wan-2.1", B, "1.1")
    assert digest(folder.attach({"wan-2.1": B}, "auto")[0]["wan-2.1"]) != first
    assert folder.attach({"wan-2.1": B}, "off") == ({"wan-2.1": B}, {})


def test_frozen_demands_one_for_each_and_tells_all_at_once(folder: LockFolder) -> None:
    write(folder, "wan-2.1", A)
    with pytest.raises(ModelEnvError) as error:
        folder.attach({"a": A, "wan-2.1": B}, "frozen")
    assert "2 locks cannot be used" in error.value.what
    assert "a has no lock" in error.value.why
    assert "the lock of wan-2.1 does not fit its spec" in error.value.why
    with pytest.raises(ModelEnvError, match="a has no lock"):
        folder.attach({"a": A}, "frozen")


def test_what_does_not_fit_is_named(folder: LockFolder) -> None:
    write(folder, "wan-2.1", A)
    with pytest.raises(ModelEnvError) as error:
        folder.fitting("wan-2.1", B)
    assert "the spec asks for right[x]==2.0, the lock has none" in error.value.why
    write(folder, "a", make_spec(name="a", python="3.11", packages=["left==1.0"], constraints=["b<2"]))
    with pytest.raises(ModelEnvError, match="asked for something else"):
        folder.fitting("a", A)
    other = make_spec(name="a", python="3.12", packages=["left==1.0"])
    with pytest.raises(ModelEnvError, match=r"asks for Python 3\.12"):
        folder.fitting("a", other)


def test_a_file_that_cannot_be_read_is_named(folder: LockFolder, tmp_path: Path) -> None:
    assert folder.text("none") == "" and LockFolder("").text("none") == ""
    (tmp_path / "a").write_text("a file where the folder of a model would be")
    assert folder.text("a") == ""
    (tmp_path / "b" / "pylock.toml").mkdir(parents=True)
    with pytest.raises(ModelEnvError, match=r"b/pylock\.toml"):
        folder.text("b")


def test_only_files_that_the_spec_allows_are_installed(folder: LockFolder) -> None:
    allowed = make_spec(name="a", python="3.11", packages=["left==1.0"], hashes={"left": [f"sha256:{SHA}"]})
    write(folder, "a", allowed)
    assert folder.fitting("a", allowed) is not None
    other = make_spec(name="a", python="3.11", packages=["left==1.0"], hashes={"left": [f"sha256:{'f' * 64}"]})
    write(folder, "a", other)
    with pytest.raises(ModelEnvError, match=r"no file of left 1\.0 has a hash that the spec allows"):
        folder.fitting("a", other)
