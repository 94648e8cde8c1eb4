# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures one environment from inside: its text is fed to ``<env>/bin/python -I -``, followed by a call of ``main``.

It only measures and never judges: what a value means is decided by ``checks/table.py`` on the other side. Every call is
announced before it begins, because the code that is imported here may crash, exit or hang; the side that reads then
knows which check it was for. Events go out as JSON, one a line behind the RS character, on standard output; a crash or
a time limit leaves its traceback on standard error. The imported packages get neither: what they print goes to a file,
so that it cannot be taken for an event, and so that a process that they leave running keeps no pipe open.
"""

from __future__ import annotations

import faulthandler
import importlib
import importlib.util
import json
import math
import os
import sys
import time
import traceback
from typing import Any, Callable, Optional

MARK = "\x1e"
_LONGEST_ERROR = 600

# The second box overlaps the first by 0.68 and has to go; the fourth overlaps it by 0.4, the third not at all.
NMS_BOXES = [[0.0, 0.0, 10.0, 10.0], [1.0, 1.0, 11.0, 11.0], [20.0, 20.0, 30.0, 30.0], [0.0, 0.0, 10.0, 4.0]]
NMS_SCORES = [0.9, 0.8, 0.7, 0.6]
NMS_THRESHOLD = 0.5


# Further probes, by name; compute.py, whose text stands behind this one in the program that runs, puts its own here.
PROBES: dict[str, Callable[..., Any]] = {}


class NotImported(Exception):
    """A probe cannot run because a module that it needs did not import for an earlier check; the argument names it."""


class Probes:
    """The probes, and what they share: the modules that were imported, and those that did not import.

    :param send: takes one event, a dict that JSON can hold.
    :param broken: modules whose import ended an earlier process; they are not tried again.
    :param traces: descriptor that gets the traceback of a call that passed its limit.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None], broken: list[str], traces: int) -> None:
        self._send = send
        self._traces = traces
        self._broken = set(broken)
        self._process = os.getpid()

    def run(self, call: dict[str, Any], limit: float) -> None:
        """Run one probe and send how it ended.

        :param call: ``check`` (the name of the check that it is for), ``probe`` (a method here, less the ``do_``, or a
            name in ``PROBES``) and ``args``.
        :param limit: seconds after which the interpreter writes where it is and ends itself, even if it holds the GIL.
        """
        self._send({"event": "start", "check": call["check"]})
        event: dict[str, Any] = {"event": "end", "check": call["check"], "value": None, "error": "", "blocked": ""}
        started = time.monotonic()
        faulthandler.dump_traceback_later(limit, exit=True, file=self._traces)
        try:
            event["value"] = self._probe(call["probe"], call["args"])
        except NotImported as blocked:
            event["blocked"] = str(blocked)
        except BaseException as error:  # pylint: disable=broad-exception-caught  # SystemExit of an import, too
            event["error"] = _explain(error)
        finally:
            if os.getpid() != self._process:
                # A child that an import forked and never ended. The watchdog's thread is not in it, so that calling the
                # watchdog off would wait for ever.
                os._exit(0)
            faulthandler.cancel_dump_traceback_later()
        event["seconds"] = time.monotonic() - started
        self._send(event)

    def _probe(self, name: str, args: dict[str, Any]) -> Any:
        if name in PROBES:
            return PROBES[name](self._import("torch"), **args)
        return getattr(self, "do_" + name)(**args)

    def do_interpreter(self) -> dict[str, Any]:
        """Version and kind of this interpreter."""
        outside = [
            path
            for path in sys.path
            if os.path.basename(path) in ("site-packages", "dist-packages") and not path.startswith(sys.prefix + os.sep)
        ]
        return {
            "version": ".".join(str(part) for part in sys.version_info[:3]),
            "implementation": sys.implementation.name,
            "prefix": sys.prefix,
            "venv": sys.prefix != sys.base_prefix,
            "outside": outside,
            "injected": _injected(outside),
        }

    def do_import(self, module: str) -> Optional[str]:
        """Import a module and return its version, None where it has none."""
        found = self._import(module)
        if _hollow(found):
            folders = ", ".join(found.__path__)
            raise ImportError(f"{folders} is left over from a package and holds no code, though Python imports it")
        version = getattr(found, "__version__", None)
        return None if version is None else str(version)

    def do_build(self, module: str) -> dict[str, Any]:
        """Version of torch or one of its companions, and the CUDA that it was compiled for (None: for the CPU)."""
        # A companion cannot import without torch: that is one failure and not two.
        torch = self._import("torch")
        found = torch if module == "torch" else self._import_companion(torch, module)
        value: dict[str, Any] = {"version": str(getattr(found, "__version__", ""))}
        if module == "torch":
            value["cuda"] = torch.version.cuda
        elif module == "torchvision":
            # What the compiled extension says, not what a file of the package claims: 12040, or -1 for a CPU build.
            number = int(torch.ops.torchvision._cuda_version())
            value["cuda"] = None if number < 0 else f"{number // 1000}.{number % 1000 // 10}"
        return value

    def do_nms(self, device: str) -> Optional[list[int]]:
        """Run non-maximum suppression on the fixed boxes; None where the device is a GPU and torch sees none."""
        torch = self._import("torch")
        vision = self._import("torchvision")
        if device != "cpu" and not torch.cuda.device_count():
            return None
        boxes = torch.tensor(NMS_BOXES, dtype=torch.float32, device=device)
        scores = torch.tensor(NMS_SCORES, dtype=torch.float32, device=device)
        kept = vision.ops.nms(boxes, scores, NMS_THRESHOLD)
        return [int(index) for index in kept.tolist()]

    def do_numpy(self) -> Optional[dict[str, Any]]:
        """Hand two ones to numpy; None where there is no numpy, ``error`` where torch cannot use the one there is."""
        torch = self._import("torch")
        if importlib.util.find_spec("numpy") is None:
            return None
        value: dict[str, Any] = {"version": str(self._import("numpy").__version__), "numbers": [], "error": ""}
        try:
            value["numbers"] = [float(number) for number in torch.ones(2).numpy()]
        except RuntimeError as error:
            value["error"] = _one_line(str(error))
        return value

    def do_attention(self) -> Optional[dict[str, Any]]:
        """Run flash attention forward and backward, against torch's own in float32; None where torch sees no GPU.

        :returns: ``gpu``, and ``errors``: for the output and each gradient, the largest distance from float32 of
            flash-attn's (``flash``) and of torch's own in the same half precision (``torch``).
        """
        torch = self._import("torch")
        flash = self._import("flash_attn")
        if not torch.cuda.device_count():
            return None
        functional = torch.nn.functional
        torch.manual_seed(0)
        # Batch, length, heads, width of a head; not a multiple of the kernels' tiles, so that their edges count.
        drawn = [torch.randn(2, 113, 4, 64, device="cuda:0", dtype=torch.float16) for _input in range(4)]

        def own(query: Any, key: Any, value: Any) -> Any:
            parts = (part.transpose(1, 2) for part in (query, key, value))
            return functional.scaled_dot_product_attention(*parts, is_causal=True).transpose(1, 2)

        def fused(query: Any, key: Any, value: Any) -> Any:
            return flash.flash_attn_func(query, key, value, causal=True)

        def results(attention: Callable[..., Any], dtype: Any) -> list[Any]:
            inputs = [part.to(dtype).detach().requires_grad_() for part in drawn[:3]]
            output = attention(*inputs)
            return [output, *torch.autograd.grad(output, inputs, drawn[3].to(dtype))]

        truth = results(own, torch.float32)
        errors: dict[str, dict[str, float]] = {}
        for which, found in (("flash", results(fused, torch.float16)), ("torch", results(own, torch.float16))):
            for name, one, right in zip(("output", "dq", "dk", "dv"), found, truth):
                far = float((one.detach().float() - right.detach()).abs().max())
                # What is no number is as far off as JSON can say.
                errors.setdefault(name, {})[which] = 1e300 if math.isnan(far) else far
        return {"gpu": torch.cuda.get_device_properties(0).name, "errors": errors}

    def do_gpus(self) -> dict[str, Any]:
        """The GPUs that torch sees, and torch's own reason where it sees none."""
        torch = self._import("torch")
        value: dict[str, Any] = {"built": torch.version.cuda, "gpus": [], "error": ""}
        count = torch.cuda.device_count() if torch.version.cuda else 0
        if torch.version.cuda and not count:
            try:
                torch.cuda.init()
            except Exception as error:  # pylint: disable=broad-exception-caught  # RuntimeError, AssertionError, ...
                value["error"] = _one_line(str(error))
        for index in range(count):
            properties = torch.cuda.get_device_properties(index)
            value["gpus"].append(
                {
                    "name": properties.name,
                    "compute_capability": f"{properties.major}.{properties.minor}",
                    "memory_mib": int(properties.total_memory) // 1048576,
                }
            )
        return value

    def _import_companion(self, torch: Any, name: str) -> Any:
        """Import torchvision or torchaudio; torchvision keeps to itself why its operators could not be loaded."""
        try:
            return self._import(name)
        except RuntimeError as error:
            spec = importlib.util.find_spec(name)
            for folder in (spec.submodule_search_locations or ()) if spec else ():
                for file in sorted(os.listdir(folder)):
                    if file.startswith("_C.") and file.endswith(".so"):
                        try:
                            torch.ops.load_library(os.path.join(folder, file))
                        except OSError as reason:
                            raise ImportError(f"{error}; {file} does not load") from (reason.__cause__ or reason)
            raise

    def _import(self, name: str) -> Any:
        """Import ``name``; what failed once is not imported again, as a second try fails in misleading ways."""
        if name in self._broken:
            raise NotImported(name)
        if name in sys.modules:
            return sys.modules[name]
        self._send({"event": "importing", "module": name})
        try:
            module = importlib.import_module(name)
        except BaseException:
            self._broken.add(name)
            self._send({"event": "imported", "module": name, "ok": False})
            raise
        self._send({"event": "imported", "module": name, "ok": True})
        return module


def _injected(known: list[str]) -> list[str]:
    """Where else modules would come from: what is neither the standard library's nor below the environment."""
    own = (os.path.realpath(sys.prefix) + os.sep, os.path.realpath(sys.base_prefix) + os.sep)
    paths = [path for path in sys.path if path and path not in known]
    return [path for path in paths if not os.path.realpath(path).startswith(own)]


def _hollow(module: Any) -> bool:
    """Whether it is a namespace package without any code: a folder that an uninstallation left behind."""
    if getattr(module, "__file__", None) or not hasattr(module, "__path__"):
        return False
    for folder in module.__path__:
        for entry in os.scandir(folder):
            package = entry.is_dir() and os.path.exists(os.path.join(entry.path, "__init__.py"))
            if package or entry.name.endswith((".py", ".so")):
                return False
    return True


def _explain(error: BaseException) -> str:
    """An exception in one line: its kind, its text, and the place in the environment where it was raised."""
    text = f"{type(error).__name__}: {_one_line(str(error))}" if str(error) else type(error).__name__
    cause = error.__cause__
    if cause is not None and str(cause) and str(cause) not in text:
        text += f", because of {type(cause).__name__}: {_one_line(str(cause))}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and f"{os.sep}importlib{os.sep}" not in frame.filename
    ]
    if frames:
        text += f" (in {frames[-1].filename}, line {frames[-1].lineno})"
    return text


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_ERROR else text[: _LONGEST_ERROR - 4] + " ..."


def main(job: dict[str, Any]) -> None:
    """Run the calls of ``job`` and end the process.

    :param job: ``calls``, ``broken``, ``limit`` (seconds) and ``noise`` (path of the file for what imports print).
    """
    events, traces = os.dup(1), os.dup(2)
    noise = os.open(job["noise"], os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(noise, descriptor)
    os.close(noise)
    faulthandler.enable(file=traces, all_threads=False)

    def send(event: dict[str, Any]) -> None:
        os.write(events, (MARK + json.dumps(event, default=str) + "\n").encode())

    pipes = [events, traces]

    def leave_pipes() -> None:
        # A child must neither answer for this process nor outlive it with the pipes in its hand. Its own children find
        # the list empty: by then the numbers may be those of other files.
        faulthandler.disable()
        while pipes:
            os.close(pipes.pop())

    os.register_at_fork(after_in_child=leave_pipes)
    probes = Probes(send, job["broken"], traces)
    for call in job["calls"]:
        probes.run(call, job["limit"])
    # Not a normal end: whatever the imports registered for one could still hang or crash.
    os._exit(0)
