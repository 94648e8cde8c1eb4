# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment says of itself, with a planted torch: real ones answer in the end-to-end tests."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.wheels import torch_facts
from ansible_collections.portable.model_env.tests.support import planted

TORCH = """
print("noise before and \\x1e{after}")
__version__ = "2.11.0+cu130"
class version:
    cuda = "13.0"
class _C:
    _GLIBCXX_USE_CXX11_ABI = True
class cuda:
    _found = [(12, 0), (9, 0), (9, 0)]
    @classmethod
    def device_count(cls):
        return len(cls._found)
    @classmethod
    def get_device_capability(cls, index):
        return cls._found[index]
"""


@pytest.fixture
def environment(tmp_path: Path) -> planted.Environment:
    return planted.Environment(tmp_path / "env")


def test_facts(environment: planted.Environment) -> None:
    environment.plant(torch=TORCH)
    facts = torch_facts.read(CommandRunner(), environment.python, {**os.environ, "PYTHONPATH": "/nowhere"})
    assert facts == {
        "python": platform.python_version(),
        "python_tag": f"cp{sys.version_info.major}{sys.version_info.minor}",
        "torch": "2.11.0+cu130",
        "cuda": "13.0",
        "cxx11abi": True,
        "platform": f"linux_{platform.machine()}",
        "libc": "".join(platform.libc_ver()),
        "gpus": ["90", "120"],
    }
    assert not list(environment.site.rglob("torch*.pyc")), "an environment is not modified by looking at it"


def test_torch_for_the_cpu(environment: planted.Environment) -> None:
    environment.plant(torch=TORCH.replace('"13.0"', "None"))
    facts = torch_facts.read(CommandRunner(), environment.python)
    assert (facts["cuda"], facts["gpus"]) == ("", [])


@pytest.mark.parametrize(
    ("modules", "why"),
    [
        ({}, "ModuleNotFoundError: No module named 'torch'"),
        ({"torch": planted.LACKS}, "ModuleNotFoundError: No module named 'missing_dependency'"),
        ({"torch": planted.KILLED}, "it ended with status -9"),
    ],
)
def test_without_a_torch_that_imports(environment: planted.Environment, modules: dict[str, str], why: str) -> None:
    environment.plant(**modules)
    with pytest.raises(ModelEnvError) as caught:
        torch_facts.read(CommandRunner(), environment.python)
    assert (caught.value.kind, caught.value.why) == ("interpreter", why)


def test_without_an_interpreter(tmp_path: Path) -> None:
    with pytest.raises(ModelEnvError, match="No such file"):
        torch_facts.read(CommandRunner(), str(tmp_path / "python"))
