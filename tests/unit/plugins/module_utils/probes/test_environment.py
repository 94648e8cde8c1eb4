# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of the probe as its reader gets them; what follows from them is tested with the checks."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.probes import environment as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.tests.support import planted


@pytest.fixture(scope="module")
def planted_environment(tmp_path_factory: pytest.TempPathFactory) -> planted.Environment:
    found = planted.Environment(tmp_path_factory.mktemp("probe") / "env")
    found.plant(good="print('noise')\n__version__ = '2.0'\n", bad="raise ValueError('two\\nlines')\n")
    (found.site / "leftover").mkdir()
    return found.plant_torch(gpus=("NVIDIA H100",))


def events(environment: planted.Environment, folder: Path, calls: list[Any], **job: Any) -> list[dict[str, Any]]:
    """What ``main`` sends for calls of probes, each a name and its arguments."""
    noise = folder / "noise"
    noise.touch()
    given = {
        "calls": [
            {"check": f"{name}:{number}", "probe": name, "args": args} for number, (name, args) in enumerate(calls)
        ],
        "broken": [],
        "limit": 60.0,
        "noise": str(noise),
        **job,
    }
    script = f"{source_of(probe)}\nmain({given!r})\n"
    done = subprocess.run(
        [environment.python, "-I", "-B", "-"], input=script, capture_output=True, text=True, check=True
    )
    lines = done.stdout.rstrip("\n").split("\n")
    assert all(line.startswith(probe.MARK) for line in lines), "nothing but events goes there"
    return [json.loads(line[1:]) for line in lines]


def ends(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in found if event["event"] == "end"]


def test_each_call_is_announced_and_ended_and_what_is_printed_goes_elsewhere(
    planted_environment: planted.Environment, tmp_path: Path
) -> None:
    found = events(planted_environment, tmp_path, [("import", {"module": "good"}), ("import", {"module": "good"})])
    assert [(event["event"], event.get("check") or event.get("module")) for event in found] == [
        ("start", "import:0"), ("importing", "good"), ("imported", "good"), ("end", "import:0"),
        ("start", "import:1"), ("end", "import:1"),
    ]  # fmt: skip
    assert [event["value"] for event in ends(found)] == ["2.0", "2.0"]
    assert (tmp_path / "noise").read_text() in ("noise\n", ""), "buffered text may be lost with the process"


def test_an_error_is_one_line_with_its_place_and_is_not_tried_again(
    planted_environment: planted.Environment, tmp_path: Path
) -> None:
    first, second = ends(events(planted_environment, tmp_path, [("import", {"module": "bad"})] * 2))
    assert first["error"] == f"ValueError: two lines (in {planted_environment.site}/bad.py, line 1)"
    assert (second["blocked"], second["error"], second["value"]) == ("bad", "", None)


def test_what_broke_an_earlier_process_is_not_imported(
    planted_environment: planted.Environment, tmp_path: Path
) -> None:
    found = events(planted_environment, tmp_path, [("import", {"module": "good"})], broken=["good"])
    assert [event["event"] for event in found] == ["start", "end"]
    assert found[1]["blocked"] == "good"


def test_a_folder_without_code_is_no_package(planted_environment: planted.Environment, tmp_path: Path) -> None:
    (end,) = ends(events(planted_environment, tmp_path, [("import", {"module": "leftover"})]))
    assert "is left over from a package and holds no code" in end["error"]


def test_what_torch_says_of_its_build_and_its_gpus(planted_environment: planted.Environment, tmp_path: Path) -> None:
    calls = [
        ("build", {"module": "torch"}),
        ("build", {"module": "torchvision"}),
        ("gpus", {}),
        ("nms", {"device": "cpu"}),
    ]
    torch, vision, gpus, kept = (end["value"] for end in ends(events(planted_environment, tmp_path, calls)))
    assert torch == {"version": "2.5.1+cu124", "cuda": "12.4"}
    assert vision == {"version": "0.20.1", "cuda": "12.4"}
    assert gpus["gpus"] == [{"name": "NVIDIA H100", "compute_capability": "9.0", "memory_mib": 81920}]
    assert kept == [0, 2, 3]


def test_where_torch_sees_no_gpu_it_says_why_and_nothing_is_computed(tmp_path: Path) -> None:
    environment = planted.Environment(tmp_path / "env").plant_torch(gpus=()).plant(flash_attn="")
    calls = [("gpus", {}), ("nms", {"device": "cuda"}), ("attention", {}), ("numpy", {})]
    gpus, kept, attention, numpy = ends(events(environment, tmp_path, calls))
    assert gpus["value"] == {"built": "12.4", "gpus": [], "error": "No CUDA GPUs are available"}
    assert [end["value"] for end in (kept, attention, numpy)] == [None, None, None]
    assert [end["error"] for end in (kept, attention, numpy)] == ["", "", ""]


def test_the_interpreter_is_the_environments_own(planted_environment: planted.Environment, tmp_path: Path) -> None:
    (end,) = ends(events(planted_environment, tmp_path, [("interpreter", {})]))
    assert end["value"]["venv"] is True
    assert end["value"]["prefix"] == str(planted_environment.folder)
    assert (end["value"]["outside"], end["value"]["injected"]) == ([], [])
