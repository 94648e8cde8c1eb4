# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build is told and where it happens, with real environments and a pip that compiles nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.wheels.building.build import WheelRequest
from ansible_collections.portable.model_env.tests.support import stand_in

from .conftest import Workshop


def told(workshop: Workshop) -> dict[str, dict[str, Any]]:
    """What the stand-in of pip was told, by its verb."""
    records = [json.loads(line) for line in workshop.journal.read_text().splitlines()]
    return {record["verb"]: record for record in records}


def test_setup_py_gets_the_build_environment_and_the_specs_variables(workshop: Workshop) -> None:
    request = replace(workshop.request, environment={"FORCE": "TRUE"})
    workshop.runner(max_jobs=1).run(request)
    build = workshop.root / "build" / request.key.slug()
    compiled = told(workshop)["wheel"]["environment"]
    assert compiled["PATH"].split(":")[0] == str(build / "env" / "bin")
    assert compiled["TMPDIR"].startswith(f"{build}/tmp/"), "setup.py renames its wheel across folders"
    assert (compiled["MAX_JOBS"], compiled["FORCE"]) == ("1", "TRUE")
    assert told(workshop)["download"]["environment"]["FORCE"] == "TRUE", "setup.py runs for the metadata, too"


def test_torch_and_the_build_tools_come_first_and_the_source_from_the_index(workshop: Workshop) -> None:
    workshop.runner().run(replace(workshop.request, sha256="a" * 64))
    asked = told(workshop)
    wanted = [f"torch=={stand_in.TORCH}", "setuptools==80.9.0", "wheel==0.45.1"]
    assert asked["install"]["lines"] == wanted
    assert asked["download"]["lines"] == [f"fused-part==1.0 --hash=sha256:{'a' * 64}"]
    assert {"--require-hashes", "--no-binary=fused-part"} <= set(asked["download"]["options"])
    compiling = asked["wheel"]["options"]
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(compiling)
    assert compiling[-1].endswith("/source"), "built in place, so that what is compiled stays"


@pytest.mark.parametrize(
    ("environ", "changes", "what"),
    [
        ({"CXX": "no-such-compiler"}, {}, "this node has no C.. compiler"),
        ({"PATH": "/nowhere"}, {"cuda": "118", "archs": ("90",)}, "this node has no C.. compiler"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_installed(
    workshop: Workshop, environ: dict[str, str], changes: dict[str, Any], what: str
) -> None:
    workshop.environ.update(environ)
    request = WheelRequest(replace(stand_in.key(), **changes), workshop.request.torch)
    with pytest.raises(ModelEnvError, match=what) as caught:
        workshop.runner().run(request)
    assert caught.value.kind == "dead_end"
    assert not workshop.journal.exists()


def test_what_the_environment_says_of_its_torch_decides(workshop: Workshop) -> None:
    """It was predicted to be another torch than the index gives."""
    request = WheelRequest(stand_in.key(torch="2.12"), workshop.request.torch)
    with pytest.raises(ModelEnvError) as caught:
        workshop.runner().run(request)
    assert caught.value.kind == "dead_end"
    assert "2.13" in caught.value.message
    assert list(told(workshop)) == ["install"], "nothing was fetched or compiled"
