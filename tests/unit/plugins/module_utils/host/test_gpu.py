# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-smi's reports, and the reasons why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.gpu import Gpu, NvidiaSmi, parse

DATA = Path(__file__).resolve().parents[3] / "data" / "nvidia_smi"
NO_REPORT = json.loads((DATA / "no-report.json").read_text())


def report(name: str) -> str:
    return (DATA / name).read_text()


@pytest.mark.parametrize(
    ("name", "driver", "cuda", "gpus"),
    [
        (
            "515.105.01-tesla-t4.xml",
            "515.105.01",
            "11.7",
            (
                Gpu(
                    0,
                    "GPU-00000000-1111-2222-3333-000000000001",
                    "Tesla T4",
                    15360,
                    "Turing",
                    ecc="Enabled",
                    memory_free_mib=13939,
                ),
            ),
        ),
        (
            "535.54.03-a100-mig.xml",
            "535.54.03",
            "12.2",
            (
                Gpu(
                    0,
                    "GPU-00000000-1111-2222-3333-000000000002",
                    "NVIDIA A100-SXM4-80GB",
                    81920,
                    "Ampere",
                    mig="Enabled",
                    mig_devices=2,
                    ecc="Enabled",
                    memory_free_mib=80999,
                ),
            ),
        ),
        (
            "590.44.01-two-rtx-a5000.xml",
            "590.44.01",
            "13.1",
            (
                Gpu(
                    0,
                    "GPU-00000000-1111-2222-3333-000000000003",
                    "NVIDIA RTX A5000",
                    24564,
                    "Ampere",
                    ecc="Disabled",
                    memory_free_mib=1678,
                ),
                Gpu(
                    1,
                    "GPU-00000000-1111-2222-3333-000000000004",
                    "NVIDIA RTX A5000",
                    24564,
                    "Ampere",
                    ecc="Disabled",
                    memory_free_mib=1678,
                ),
            ),
        ),
    ],
)
def test_reports_of_three_driver_generations(
    scripted_runner: Any, name: str, driver: str, cuda: str, gpus: tuple[Gpu, ...]
) -> None:
    state = NvidiaSmi(scripted_runner.expect(["nvidia-smi", "-q", "-x"], stdout=report(name))).read()
    assert (state.kind, state.reason, state.driver, state.cuda, state.gpus) == ("", "", driver, cuda, gpus)
    assert json.loads(json.dumps(state.as_dict()))["gpus"][0]["name"] == gpus[0].name


@pytest.mark.parametrize("case", NO_REPORT, ids=[f"{case['kind']}-{case['rc']}" for case in NO_REPORT])
def test_no_report_is_told_apart(scripted_runner: Any, case: dict[str, Any]) -> None:
    state = NvidiaSmi(scripted_runner.expect(["nvidia-smi"], rc=case["rc"], stdout=case["stdout"])).read()
    assert state.kind == case["kind"]
    assert state.reason
    assert state.gpus == ()
    assert state.broken == (case["kind"] in ("mismatch", "gpu_lost", "unreadable"))


def test_what_an_unknown_message_says_is_passed_on() -> None:
    state = parse(CommandResult(("nvidia-smi",), 255, "Failed to initialize NVML: Unknown Error\n", "", 0.1))
    assert state.reason == "nvidia-smi ended with status 255 and said: Failed to initialize NVML: Unknown Error"


def test_a_report_without_gpus_still_tells_the_driver() -> None:
    text = report("515.105.01-tesla-t4.xml")
    text = text[: text.index("<gpu ")] + "</nvidia_smi_log>"
    state = parse(CommandResult(("nvidia-smi",), 0, text, "", 0.1))
    assert (state.kind, state.driver, state.broken) == ("no_devices", "515.105.01", False)


def test_a_warning_before_the_report_does_not_hide_it() -> None:
    text = "WARNING: infoROM is corrupted at gpu 0000:81:00.0\n" + report("590.44.01-two-rtx-a5000.xml")
    assert len(parse(CommandResult(("nvidia-smi",), 14, text, "", 0.1)).gpus) == 2


def test_a_report_that_was_cut_off_is_unreadable() -> None:
    state = parse(CommandResult(("nvidia-smi",), 0, report("515.105.01-tesla-t4.xml")[:700], "", 0.1))
    assert state.kind == "unreadable"


def test_no_nvidia_smi_at_all() -> None:
    state = NvidiaSmi(CommandRunner(), command="/nonexistent/nvidia-smi").read()
    assert (state.kind, state.broken) == ("no_tool", False)
    assert "no NVIDIA driver" in state.reason


def test_a_driver_that_hangs(tmp_path: Path) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\nexec sleep 60\n")
    command.chmod(0o755)
    state = NvidiaSmi(CommandRunner(), command=str(command), timeout=0.5).read()
    assert (state.kind, state.broken) == ("timeout", True)


@pytest.mark.parametrize(
    ("rc", "printed", "found"),
    [(0, "9.0\n8.0\n9.0\n", ["80", "90"]), (0, "12.0\n", ["120"]), (0, "[N/A]\n", []), (6, "No devices", [])],
)
def test_compute_capabilities(scripted_runner: Any, rc: int, printed: str, found: list[str]) -> None:
    scripted_runner.expect(["nvidia-smi", "--query-gpu=compute_cap"], rc, printed)
    assert NvidiaSmi(scripted_runner).capabilities() == found


def test_compute_capabilities_without_nvidia_smi() -> None:
    assert NvidiaSmi(CommandRunner(), command="/nonexistent/nvidia-smi").capabilities() == []
