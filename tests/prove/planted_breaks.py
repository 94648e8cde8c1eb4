# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of ``planted_faults.py``, one function each: it breaks the copy that it is handed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.checks.expectation import Expectation
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Torch
from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load_specs
from ansible_collections.portable.model_env.tests.prove import hub_lab
from ansible_collections.portable.model_env.tests.prove.planted_lab import PYTHON, SPECS, TORCH, Case
from ansible_collections.portable.model_env.tests.support import planted

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# A torchvision whose operators exist for the CPU only: what its compiled extension would have registered, in Python.
CPU_VISION = """
import torch as _torch
_library = _torch.library.Library("torchvision", "DEF")
_library.define("_cuda_version() -> int")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
for _name in ("roi_align", "_roi_align_backward", "ps_roi_align", "_ps_roi_align_backward", "roi_pool", "qnms",
              "_roi_pool_backward", "ps_roi_pool", "_ps_roi_pool_backward", "deform_conv2d", "_deform_conv2d_backward",
              "qroi_align", "box_iou_rotated"):
    _library.define(_name + "(Tensor input) -> Tensor")
_library.impl("_cuda_version", lambda: -1, "CompositeExplicitAutograd")
def _nms(boxes, scores, threshold):
    kept = []
    for index in scores.argsort(descending=True).tolist():
        def overlap(other):
            a, b = boxes[index], boxes[other]
            w = (min(a[2], b[2]) - max(a[0], b[0])).clamp(min=0)
            h = (min(a[3], b[3]) - max(a[1], b[1])).clamp(min=0)
            return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)
        if all(overlap(other) <= threshold for other in kept):
            kept.append(index)
    return _torch.tensor(kept)
_library.impl("nms", _nms, "CPU")
"""
UNDEFINED = """
#include <Python.h>
extern PyObject *a_function_that_only_another_interpreter_has(void);
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_speedups", 0, -1, 0};
PyMODINIT_FUNC PyInit__speedups(void) { return a_function_that_only_another_interpreter_has(); }
"""


def swap(case: Case) -> None:
    """Put in another version."""
    case.pip("install", "six==1.16.0")


def remove(case: Case) -> None:
    """Uninstall."""
    case.pip("uninstall", "--yes", "six")


def add(case: Case) -> None:
    """Install what nobody asked for."""
    case.pip("install", "toml==0.10.2")


def reinstall(case: Case) -> None:
    """Install the same version again, with bytecode, as pip does by default."""
    case.pip("install", "--force-reinstall", "--no-deps", "six==1.17.0")


def edit(case: Case) -> None:
    """Change a module with an editor."""
    case.write(case.site / "six.py", (case.site / "six.py").read_text() + "\nPATCHED = True\n")
    full(case)


def flip(case: Case) -> None:
    """What a bad disk does."""
    case.flip(case.site / "einops" / "einops.py")
    full(case)


def delete_module(case: Case) -> None:
    """Lose a file."""
    shutil.rmtree(case.site / "einops" / "layers")


def hollow(case: Case) -> None:
    """Lose all files, and keep the folder."""
    shutil.rmtree(case.site / "einops")
    (case.site / "einops" / "assets").mkdir(parents=True)


def truncate_small(case: Case) -> None:
    """The beginning of a shared object, as a full disk leaves it."""
    (file,) = (case.site / "markupsafe").glob("_speedups*.so")
    case.write(file, file.read_bytes()[:4096])


def undefined(case: Case) -> None:
    """A compiled module that wants a symbol which nothing here has."""
    (file,) = (case.site / "markupsafe").glob("_speedups*.so")
    file.unlink()
    source = case.root / "undefined.c"
    source.write_text(UNDEFINED)
    include = sysconfig.get_paths()["include"]
    subprocess.run(["gcc", "-shared", "-fPIC", f"-I{include}", source, "-o", file], check=True)


def crash(case: Case) -> None:
    """A segmentation fault at import."""
    case.write(case.site / "six.py", planted.CRASHES)


def leave(case: Case) -> None:
    """An exit at import."""
    case.write(case.site / "six.py", planted.EXITS)


def hang(case: Case) -> None:
    """An endless import."""
    case.write(case.site / "six.py", planted.HANGS)
    case.policies["timeout"] = 5.0


def inject(case: Case) -> None:
    """A development checkout on the path."""
    elsewhere = case.root.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (case.site / "my-checkout.pth").write_text(f"{elsewhere}\n")


def let_in(case: Case) -> None:
    """What --system-site-packages would have made."""
    settings = case.release / "pyvenv.cfg"
    text = settings.read_text()
    changed = text.replace("include-system-site-packages = false", "include-system-site-packages = true")
    case.write(settings, changed)


def other_python(case: Case) -> None:
    """An interpreter of another minor version behind the environment's name."""
    finder = Interpreters(CommandRunner())
    for minor in range(9, 15):
        if f"3.{minor}" != PYTHON:
            with contextlib.suppress(ModelEnvError):
                _point_at(case, finder.find(f"3.{minor}").path)
                return
    raise SystemExit("this fault needs a second Python on this machine")


def no_python(case: Case) -> None:
    """The Python underneath was uninstalled."""
    _point_at(case, "/usr/lib/no-such-python/bin/python3")


def no_mode(case: Case) -> None:
    """An interpreter without the right to be run; root has no more of it than others."""
    case.python.unlink()
    shutil.copy(os.path.realpath(sys.executable), case.python)
    case.python.chmod(0o644)


def half(case: Case) -> None:
    """What a run leaves that was killed before its receipt, with a link set by hand."""
    case.receipt.unlink()
    shutil.rmtree(case.site / "einops")


def cut_receipt(case: Case) -> None:
    """A receipt on a disk that was full."""
    case.write(case.receipt, case.receipt.read_bytes()[:200])


def dangle(case: Case) -> None:
    """A release that was removed."""
    shutil.rmtree(case.release)


def lead_out(case: Case) -> None:
    """A link set by hand to somewhere else."""
    case.link.unlink()
    case.link.symlink_to("/usr")


def absent(case: Case) -> None:
    """Ask for what is not there."""
    case.names = ["absent"]


def other_spec(case: Case) -> None:
    """A spec that was changed since."""
    packages = ["einops==0.8.0", *SPECS["small"]["packages"][1:]]
    case.specs = load_specs({"small": {**SPECS["small"], "packages": packages}})


def no_key(case: Case) -> None:
    """A policy that wants the key."""
    case.policies["api_keys"] = "required"


def weights(case: Case) -> None:
    """A repository that was fetched right and has had a byte flipped since; ``hf_snapshot`` with verify=full looks."""
    lab, data = case.root / "weights", case.root / "hub"
    source = hub_lab.repository(data, "acme/demo", {"big.bin": 3 * hub_lab.MIB, "config.json": 300})
    python = hub_lab.tools_python()
    with hub_lab.HubServer(data) as server:
        job: dict[str, Any] = {"python": python, "endpoint": server.url, "snapshots": [
            {"repo_id": "acme/demo", "repo_type": "model", "revision": "v1", "resolve": True, "local_dir": str(lab)}
        ]}  # fmt: skip
        first = hub_lab.run(job)
        if first.get("failed") or not hub_lab.same(source, lab):
            raise SystemExit(f"the weights were not fetched: {first}")
        case.flip(lab / "big.bin")
        again = hub_lab.run({**job, "settings": {"full": True, "repair": False}})
    error = again.get("msg", "nothing was said") if again.get("failed") else "nothing was said"
    verdict = {"check": "hf_snapshot", "verdict": "fail", "reason": " ".join(error.split())}
    case.verify = lambda: {"verdicts": [verdict], "failures": [error], "summary": ""}  # type: ignore[method-assign]


def cpu_torch(case: Case) -> None:
    """The same version, built for the CPU."""
    where = ["--find-links", case.find_links] if case.find_links else ["--extra-index-url", CPU_INDEX]
    case.pip("install", "--no-deps", "--no-cache-dir", *where, "torch==2.13.0+cpu")


def cpu_vision(case: Case) -> None:
    """A torchvision without CUDA; no wheel of one could be had where this was written."""
    for file in (case.site / "torchvision").glob("_C*.so"):
        file.unlink()
    extension = case.site / "torchvision" / "extension.py"
    text = extension.read_text().replace("def _has_ops():\n    return False", "def _has_ops():\n    return True")
    case.write(extension, CPU_VISION + text)


def other_vision(case: Case) -> None:
    """Version 0.20.1 belongs to torch 2.5.1."""
    case.pip("install", "--no-deps", "--no-cache-dir", "torchvision==0.20.1")


def other_audio(case: Case) -> None:
    """Version 2.5.1 belongs to torch 2.5.1."""
    case.pip("install", "--no-deps", "--no-cache-dir", "torchaudio==2.5.1")
    case.foreign = Expectation(torch=Torch(TORCH["version"], TORCH["cuda"], TORCH["torchvision"], "2.5.1"))


def no_library(case: Case) -> None:
    """A library that torch loads at import."""
    for file in [*case.site.glob("nvidia/**/libcudnn.so*"), *case.site.glob("nvidia/**/libcublas.so*")]:
        file.unlink()


def truncate_vision(case: Case) -> None:
    """Half of the operators' library."""
    (file,) = (case.site / "torchvision").glob("_C*.so")
    case.write(file, file.read_bytes()[: file.stat().st_size // 2])


def old_driver(case: Case) -> None:
    """A driver of CUDA 12 under a torch for CUDA 13."""
    case.nvidia_smi("constructed-535.54.03-h100-old-driver.xml")


def off_the_bus(case: Case) -> None:
    """A GPU that the driver counts and cannot ask."""
    case.nvidia_smi("constructed-570.86.15-h100-off-the-bus.xml")


def memory_errors(case: Case) -> None:
    """A GPU whose memory is failing."""
    case.nvidia_smi("constructed-570.86.15-h100-memory-errors.xml")


def no_gpu(case: Case) -> None:
    """A policy that wants a GPU."""
    case.policies["gpu"] = "required"


def nothing(case: Case) -> None:
    """Leave it as it is."""


def full(case: Case) -> None:
    """Have every file read."""
    case.full = True


def use(case: Case) -> None:
    """Import everything without -B, so that bytecode is written, and have every file read."""
    subprocess.run([case.python, "-c", "import einops.layers, six, markupsafe"], check=True)
    full(case)


def shadow(case: Case) -> None:
    """A module of another's in front of the environment's."""
    folder = case.root / "shadow"
    folder.mkdir()
    (folder / "six.py").write_text("raise ImportError('the wrong six')\n")
    case.environ["PYTHONPATH"] = str(folder)


def key(case: Case) -> None:
    """A key that is there where it is required."""
    no_key(case)
    case.environ["LUMA_API_KEY"] = "not-to-be-shown"


def foreign(case: Case) -> None:
    """The same environment without its receipt, as an interpreter that has to answer to what is asked."""
    case.receipt.unlink()
    case.foreign = Expectation(python=PYTHON, imports=["einops", "six"])


def _point_at(case: Case, target: str) -> None:
    """Put another interpreter behind every name of it."""
    for name in ("python", "python3"):
        path = Path(case.release / "bin" / name)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
    case.write(case.release / "pyvenv.cfg", f"home = {os.path.dirname(target)}\ninclude-system-site-packages = false\n")
