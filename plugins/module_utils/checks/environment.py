# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an interpreter and the builds of torch in it are those that are expected, and fit each other. Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.version import (
    InvalidVersion,
    Version,
)
from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.specs.torch_builds import cuda_version

# What non-maximum suppression at 0.5 must keep of the probe's four boxes.
NMS_KEPT = [0, 2, 3]


def interpreter_problem(value: Mapping[str, Any], expect: Expectation) -> str:
    """What is wrong with the interpreter; "" if nothing is."""
    problems = []
    if expect.python and not same_release(value["version"], expect.python, prefix=True):
        problems.append(f"Python is {value['version']}, and the spec wants {expect.python}")
    if expect.isolated and not value["venv"]:
        problems.append(f"{value['prefix']} is not a virtual environment")
    elif expect.isolated and value["outside"]:
        problems.append(f"it sees packages outside of the environment, in {', '.join(value['outside'])}")
    if expect.closed and value["injected"]:
        problems.append(f"a .pth file lets it import from {', '.join(value['injected'])}")
    return "; ".join(problems)


def build_problem(module: str, value: Mapping[str, Any], expect: Expectation) -> str:
    """What is wrong with the build of ``torch``, ``torchvision`` or ``torchaudio``; "" if nothing is."""
    problems = []
    wanted = expect.builds[module]
    if not same_release(value["version"], wanted):
        problems.append(f"its version is {value['version']}, and the spec wants {wanted}")
    # torchaudio does not say what it was built for.
    if "cuda" in value and expect.torch is not None and expect.torch.cuda:
        built, cuda = value["cuda"] or "", cuda_version(expect.torch.cuda)
        if built != cuda:
            problems.append(f"it is built for {_target(built)}, and the spec wants {_target(cuda)}")
    return "; ".join(problems)


def nms_problem(value: Any, _expect: Expectation) -> str:
    """What is wrong with the boxes that non-maximum suppression kept; "" if nothing is."""
    if value == NMS_KEPT:
        return ""
    return f"torchvision.ops.nms kept the boxes {value} of a known case, where {NMS_KEPT} is right"


def no_numpy(value: Optional[Mapping[str, Any]]) -> str:
    """Why nothing was handed to numpy; "" if something was."""
    return "" if value else "numpy is not installed"


def numpy_problem(value: Mapping[str, Any], _expect: Expectation) -> str:
    """What is wrong with the tensor of two ones that numpy was handed; "" if nothing is."""
    if value["error"]:
        # What is compiled for numpy 1 cannot use numpy 2, and torch says no more than "Numpy is not available".
        return f"torch cannot use numpy {value['version']} ({value['error']}); torch before 2.3 needs numpy below 2"
    return "" if value["numbers"] == [1.0, 1.0] else f"numpy {value['version']} got {value['numbers']} for two ones"


def same_release(found: str, wanted: str, prefix: bool = False) -> bool:
    """Whether two versions are the same, local parts (``+cu124``) and trailing zeros aside.

    :param prefix: ``wanted`` may be shorter than ``found``: 3.11 stands for every 3.11.x.
    """
    try:
        have, want = Version(found), Version(wanted)
    except InvalidVersion:
        return found == wanted
    if prefix:
        return have.release[: len(want.release)] == want.release
    return Version(have.public) == Version(want.public)


def _target(cuda: str) -> str:
    return f"CUDA {cuda}" if cuda else "the CPU"
