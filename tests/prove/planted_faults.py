# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks environments on purpose, one fault at a time, and looks whether verification says so for the right reason.

    python tests/prove/planted_faults.py [--lab FOLDER] [--find-links FOLDER] [--only WORD] [--without-torch] [--write]

Builds two environments with provision.yml (one with a CUDA build of torch, 5 GB; kept in the lab), breaks a copy for
each fault, and prints Markdown tables; ``--write`` puts them into docs/verdicts-proof.md. Ends with status 1 if a fault
was not found by the check and for the reason in its row, or if something good was called bad.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.portable.model_env.tests.prove import planted_breaks as breaks
from ansible_collections.portable.model_env.tests.prove.planted_lab import ROOT, Case, Lab
from ansible_collections.portable.model_env.tests.support.documents import fill, table

DOCUMENT = ROOT / "docs" / "verdicts-proof.md"
_SHOWN = 160  # characters of a reason
REAL, CONSTRUCTED = "real", "constructed"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    :ivar what: in words.
    :ivar base: the environment that is broken.
    :ivar check: the check that must fail.
    :ivar reason: what its reason must match.
    :ivar build: how the fault came about: ``real``, or ``constructed`` where the real thing could not be had.
    """

    what: str
    base: str
    plant: Callable[[Case], None]
    check: str
    reason: str
    build: str = REAL


FAULTS = [
    Fault(
        "package swapped by hand",
        "small",
        breaks.swap,
        "distributions",
        r"six 1\.17\.0 was replaced by 1\.16\.0 by hand",
    ),
    Fault("package removed by hand", "small", breaks.remove, "distributions", r"six 1\.17\.0 was removed by hand"),
    Fault(
        "package added by hand", "small", breaks.add, "distributions", r"toml 0\.10\.2 was (added|installed) by hand"
    ),
    Fault("package installed again by hand", "small", breaks.reinstall, "distributions", r"six .*by hand"),
    Fault("module edited in place", "small", breaks.edit, "files", r"six: six\.py was changed"),
    Fault(
        "one bit flipped, size and time as before",
        "small",
        breaks.flip,
        "files",
        r"einops: einops/einops\.py was changed",
    ),
    Fault(
        "module of a package deleted",
        "small",
        breaks.delete_module,
        "import:einops.layers",
        r"No module named 'einops.layers|left over",
    ),
    Fault("only the folder of a package left", "small", breaks.hollow, "import:einops", r"left over from a package"),
    Fault(
        "compiled module cut off",
        "small",
        breaks.truncate_small,
        "import:markupsafe._speedups",
        r"SIGBUS, as a library does that was cut off|file too short",
    ),
    Fault(
        "compiled module for another interpreter",
        "small",
        breaks.undefined,
        "import:markupsafe._speedups",
        r"undefined symbol: .*",
        CONSTRUCTED,
    ),
    Fault(
        "import that crashes", "small", breaks.crash, "import:six", r"crashed the interpreter with SIGSEGV .*six\.py"
    ),
    Fault(
        "import that ends the interpreter", "small", breaks.leave, "import:six", r"ended the interpreter with status 3"
    ),
    Fault("import that hangs", "small", breaks.hang, "import:six", r"not finished after 5 s .*six\.py"),
    Fault(
        "folder from elsewhere by a .pth file",
        "small",
        breaks.inject,
        "interpreter",
        r"a \.pth file lets it import from",
    ),
    Fault("system packages let in", "small", breaks.let_in, "interpreter", r"sees packages outside of the environment"),
    Fault(
        "wrong interpreter",
        "small",
        breaks.other_python,
        "interpreter",
        r"Python is 3\.\d+\.\d+, and the spec wants 3\.\d+",
    ),
    Fault("interpreter gone", "small", breaks.no_python, "interpreter", r"does not run: No such file"),
    Fault("interpreter may not be run", "small", breaks.no_mode, "interpreter", r"does not run: Permission denied"),
    Fault("half-installed release", "small", breaks.half, "receipt", r"is gone or has no receipt"),
    Fault("receipt cut off", "small", breaks.cut_receipt, "receipt", r"is gone or has no receipt"),
    Fault("link that points nowhere", "small", breaks.dangle, "receipt", r"is gone or has no receipt"),
    Fault(
        "link that leads out of the root", "small", breaks.lead_out, "receipt", r"is no link to a release of this root"
    ),
    Fault("environment that was never built", "small", breaks.absent, "receipt", r"there is no environment absent"),
    Fault(
        "built from another spec",
        "small",
        breaks.other_spec,
        "receipt",
        r"built from another spec .*einops==0\.8\.1 -> einops==0\.8\.0",
    ),
    Fault("API key missing where required", "small", breaks.no_key, "api_key:LUMA_API_KEY", r"LUMA_API_KEY is not set"),
    Fault("weights with one flipped byte", "small", breaks.weights, "hf_snapshot", r"big\.bin"),
    Fault(
        "torch for the CPU",
        "torch",
        breaks.cpu_torch,
        "torch_build",
        r"built for the CPU, and the spec wants CUDA 13\.0",
    ),
    Fault(
        "torchvision for the CPU beside torch for CUDA",
        "torch",
        breaks.cpu_vision,
        "torchvision_build",
        r"built for the CPU, and the spec wants CUDA 13\.0",
        CONSTRUCTED,
    ),
    Fault(
        "torchvision of another torch",
        "torch",
        breaks.other_vision,
        "torchvision_build",
        r"_C\.so does not load, because of OSError: .*libcudart\.so\.12",
    ),
    Fault(
        "torchaudio of another torch",
        "torch",
        breaks.other_audio,
        "torchaudio_build",
        r"libtorchaudio\.so, because of OSError: .*libcudart\.so\.12",
    ),
    Fault(
        "library of CUDA missing",
        "torch",
        breaks.no_library,
        "torch_build",
        r"lib(cudnn|cublas)\S*: cannot open shared object",
    ),
    Fault(
        "torchvision's library cut in half",
        "torch",
        breaks.truncate_vision,
        "torchvision_build",
        r"SIGBUS, as a library does that was cut off|_C\.so does not load",
    ),
    Fault(
        "driver too old",
        "torch",
        breaks.old_driver,
        "driver",
        r"built for CUDA 13\.0, and driver 535\.54\.03 runs CUDA up to 12\.2",
        CONSTRUCTED,
    ),
    Fault("GPU off the bus", "torch", breaks.off_the_bus, "gpu_health", r"GPU is lost", CONSTRUCTED),
    Fault(
        "GPU with uncorrectable memory errors",
        "torch",
        breaks.memory_errors,
        "gpu_health",
        r"GPU 1 has had 3 uncorrectable",
        CONSTRUCTED,
    ),
    Fault(
        "no GPU where one is required",
        "torch",
        breaks.no_gpu,
        "matmul_cuda:bfloat16",
        r"a GPU is required, but torch sees no GPU",
    ),
]
GOOD: list[tuple[str, str, Callable[[Case], None]]] = [
    ("as it was built", "small", breaks.nothing),
    ("every file read", "small", breaks.full),
    ("used, with bytecode written", "small", breaks.use),
    ("PYTHONPATH with a false six.py", "small", breaks.shadow),
    ("API key given", "small", breaks.key),
    ("an interpreter that nobody provisioned", "small", breaks.foreign),
    ("torch for CUDA on a node without a GPU", "torch", breaks.nothing),
    ("torch for CUDA, every file read", "torch", breaks.full),
]  # fmt: skip


def judge(fault: Fault, row: dict[str, Any]) -> tuple[bool, str, str]:
    """Whether it was found as it should be; the check and reason that say so, or what was said instead."""
    for one in row["verdicts"]:
        if one["check"] == fault.check and one["verdict"] == "fail" and re.search(fault.reason, one["reason"]):
            return True, one["check"], one["reason"]
    return False, "NOT FOUND", "; ".join(row["failures"]) or row["summary"]


def shortened(reason: str, lab: Lab) -> str:
    """A reason for the table, without the names of this machine's folders."""
    site = rf"{re.escape(str(lab.folder))}/case/(?:envs|releases)/[^/ ]+/lib/python[\d.]+/site-packages"
    text = re.sub(site, "SITE", reason).replace(str(lab.folder), "LAB").replace(sys.base_prefix, "PYTHON")
    return text[:_SHOWN] + ("..." if len(text) > _SHOWN else "")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lab", type=Path, default=ROOT / ".build" / "planted")
    parser.add_argument("--find-links", default="", help="folder with a torch for the CPU, where no index has one")
    parser.add_argument("--only", default="", help="faults with this word in them")
    parser.add_argument("--without-torch", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/verdicts-proof.md")
    arguments = parser.parse_args()
    bases = ["small"] if arguments.without_torch else ["small", "torch"]
    lab = Lab(arguments.lab.resolve(), arguments.find_links)
    lab.build(bases)
    rows, missed, started = [], 0, time.monotonic()
    for fault in FAULTS:
        if fault.base in bases and arguments.only in fault.what:
            with lab.case(fault.base) as case:
                fault.plant(case)
                found, check, reason = judge(fault, case.verify())
            missed += not found
            rows.append([fault.what, fault.build, check, shortened(reason, lab)])
            print("ok   " if found else "NOT  ", fault.what, "" if found else f": {reason}", flush=True)
    good, false = [], 0
    for what, base, plant in GOOD:
        if base in bases and arguments.only in what:
            with lab.case(base) as case:
                plant(case)
                row = case.verify()
            false += row["verdict"] == "fail"
            good.append([what, base, row["summary"], "; ".join(row["failures"]) or "none"])
    tables = {
        "faults": table(["fault", "how it was made", "found by", "reason"], rows),
        "good": table(["good", "environment", "verdicts", "false alarms"], good),
        "figures": f"{len(rows) - missed} of {len(rows)} faults were found, with {false} false alarms in {len(good)} "
        f"good environments, in {time.monotonic() - started:.0f} seconds.",
    }
    print("", *tables.values(), sep="\n\n")
    if arguments.write:
        fill(DOCUMENT, tables)
    sys.exit(1 if missed or false else 0)


if __name__ == "__main__":
    main()
