# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an interpreter says of its torch: a real interpreter, and a stand-in of torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.probes import torch as probe
from ansible_collections.portable.model_env.plugins.module_utils.probes.text import source_of
from ansible_collections.portable.model_env.tests.support import planted

TORCH = """
print("torch says hello")
__version__ = "2.11.0+cu130"
class version:
    cuda = {cuda!r}
class _C:
    _GLIBCXX_USE_CXX11_ABI = {abi}
class cuda:
    def device_count():
        return 3
    def get_device_capability(index):
        return [(9, 0), (8, 6), (12, 0)][index]
"""


def facts(environment: planted.Environment, cuda: str | None, abi: int) -> dict[str, Any]:
    environment.plant(torch=TORCH.format(cuda=cuda, abi=abi))
    command = [environment.python, "-I", "-B", "-"]
    done = subprocess.run(command, input=source_of(probe) + "\nmain()\n", capture_output=True, text=True, check=True)
    noise, _mark, said = done.stdout.rpartition(probe.MARK)
    assert noise == "torch says hello\n\n"
    answer: dict[str, Any] = json.loads(said)
    return answer


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> planted.Environment:
    return planted.Environment(tmp_path_factory.mktemp("torch") / "env")


def test_all_that_decides_which_wheel_works(environment: planted.Environment) -> None:
    found = facts(environment, "13.0", 1)
    assert (found["torch"], found["cuda"], found["cxx11abi"]) == ("2.11.0+cu130", "13.0", True)
    assert found["gpus"] == ["86", "90", "120"], "by number and not by letter"
    assert found["python_tag"].rstrip("t") == f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert found["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert found["platform"] == f"linux_{os.uname().machine}"
    assert found["libc"] == "" or found["libc"].startswith("glibc2.")


def test_a_torch_for_the_cpu_asks_for_no_gpu(environment: planted.Environment) -> None:
    found = facts(environment, None, 0)
    assert (found["cuda"], found["gpus"], found["cxx11abi"]) == ("", [], False)


def test_an_environment_without_torch_says_so(tmp_path: Path) -> None:
    python = planted.Environment(tmp_path / "env").python
    done = subprocess.run(
        [python, "-I", "-B", "-"], input=source_of(probe) + "\nmain()\n", capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "No module named 'torch'" in done.stderr
    assert probe.MARK not in done.stdout
