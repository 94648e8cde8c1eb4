# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of the module wheel_build, with real environments and a pip that compiles nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels.house import BUILT, Wheelhouse
from ansible_collections.portable.model_env.tests.support import stand_in

from .conftest import Workshop


def verbs(workshop: Workshop) -> list[str]:
    if not workshop.journal.exists():
        return []
    return [json.loads(line)["verb"] for line in workshop.journal.read_text().splitlines()]


def test_a_wheel_is_built_once(workshop: Workshop) -> None:
    looked = workshop.runner(check_mode=True).run(workshop.request)
    assert (looked["changed"], looked["action"], looked["slug"]) == (True, "build", stand_in.key().slug())
    assert verbs(workshop) == []
    assert sorted(path.name for path in workshop.folder.iterdir()) == ["root", "sdist", "wheel"]
    assert [path.name for path in workshop.root.iterdir()] == ["tools"], "looking leaves no trace"

    built = workshop.runner().run(workshop.request)
    assert (built["changed"], built["action"], built["origin"]) == (True, "build", BUILT)
    assert verbs(workshop) == ["install", "download", "wheel"]
    assert Path(built["path"]).is_relative_to(workshop.folder / "house" / built["slug"])
    assert built["sha256"] == stand_in.sha256(Path(built["path"]))
    assert built["facts"]["tools"] == {"setuptools": "80.9.0", "torch": stand_in.TORCH, "wheel": "0.45.1"}
    assert Path(built["facts"]["log"]).read_text().count("pip --python") == 2, (
        "of pip; the compiling says itself what it does"
    )
    assert list((workshop.root / "build").iterdir()) == [], "neither the build nor its hold is left"

    again = workshop.runner().run(workshop.request)
    assert (again["changed"], again["action"], again["path"]) == (False, "keep", built["path"])
    assert len(verbs(workshop)) == 3


def test_a_build_that_failed_goes_on_where_it_was(workshop: Workshop) -> None:
    workshop.environ["FAIL"] = "wheel"
    with pytest.raises(ModelEnvError) as caught:
        workshop.runner().run(workshop.request)
    assert caught.value.kind == "build_failed"
    assert Path(caught.value.log).is_file()
    source = workshop.root / "build" / stand_in.key().slug() / "source"
    (source / "compiled.o").touch()
    del workshop.environ["FAIL"]
    assert workshop.runner().run(workshop.request)["action"] == "build"
    assert verbs(workshop) == ["install", "download", "wheel", "install", "wheel"], "the source was not fetched again"
    assert not source.exists()


def test_a_damaged_wheel_of_the_house_is_no_wheel(workshop: Workshop) -> None:
    held = Wheelhouse(str(workshop.folder / "house")).put(
        stand_in.key(), str(stand_in.extension_wheel(workshop.folder / "other")), BUILT
    )
    content = bytearray(Path(held.path).read_bytes())
    content[100] ^= 1
    Path(held.path).write_bytes(content)
    with pytest.raises(ModelEnvError, match="not what was put there"):
        workshop.runner().run(workshop.request)
    assert verbs(workshop) == []
