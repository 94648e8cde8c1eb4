# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes in an environment and measures how far the answers are off; the part of the probe that needs torch.

Its text goes behind that of ``environment.py`` into one program, so that ``PROBES`` there is the one here. Like there,
nothing is judged: an error is divided by the bound's own yardstick and handed on. Every probe takes ``torch`` first,
and returns None where it wants a GPU and torch sees none; ``device`` is ``cpu``, or ``cuda`` for every GPU in turn.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Optional

MATMUL_SIZE, MATMUL_DEPTH = 512, 256
CONV_CHANNELS, CONV_KERNEL = 16, 3
_RATE_SIZE, _RATE_ROUNDS = 8192, 10
_COPY_BYTES, _COPY_ROUNDS = 1 << 29, 10
_NEWEST_NEEDED = {"bfloat16": 8, "tf32": 8}  # major of the compute capability whose tensor cores have it


def matmul(torch: Any, device: str, kind: str) -> Optional[dict[str, Any]]:
    """A matrix product against one in float64 of the same numbers.

    :param kind: ``float32``, ``tf32``, ``bfloat16`` or ``float16``.
    :returns: ``depth`` (length of the sums), and by device ``errors``: the largest error of an element, divided by the
        sum of the products' absolute values (None: the device has no such arithmetic).
    """
    if device != "cpu" and not _gpus(torch):
        return None
    dtype = getattr(torch, "float32" if kind == "tf32" else kind)
    generator = torch.Generator().manual_seed(1)
    left, right = (
        torch.randn(shape, generator=generator, dtype=torch.float32).to(dtype)
        for shape in ((MATMUL_SIZE, MATMUL_DEPTH), (MATMUL_DEPTH, MATMUL_SIZE))
    )
    wanted = left.double() @ right.double()
    yardstick = left.double().abs() @ right.double().abs()

    def one(place: str) -> Optional[float]:
        if place != "cpu" and torch.cuda.get_device_capability(place)[0] < _NEWEST_NEEDED.get(kind, 0):
            return None
        restore = _set_tf32(torch.backends.cuda.matmul, kind == "tf32")
        try:
            got = (left.to(place) @ right.to(place)).cpu().double()
        finally:
            restore()
        return _largest(torch, (got - wanted).abs() / yardstick)

    return {"kind": kind, "depth": MATMUL_DEPTH, "errors": _everywhere(torch, device, one)}


def conv(torch: Any, device: str) -> Optional[dict[str, Any]]:
    """A convolution in float32 (on a GPU: by cuDNN) against one in float64 on the CPU; see ``matmul``."""
    if device != "cpu" and not _gpus(torch):
        return None
    generator = torch.Generator().manual_seed(2)
    image = torch.randn((2, CONV_CHANNELS, 32, 32), generator=generator)
    kernel = torch.randn((8, CONV_CHANNELS, CONV_KERNEL, CONV_KERNEL), generator=generator)
    convolve = torch.nn.functional.conv2d
    wanted = convolve(image.double(), kernel.double())
    yardstick = convolve(image.double().abs(), kernel.double().abs())

    def one(place: str) -> float:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            got = convolve(image.to(place), kernel.to(place)).cpu().double()
        return _largest(torch, (got - wanted).abs() / yardstick)

    version = torch.backends.cudnn.version() if device != "cpu" and torch.backends.cudnn.is_available() else None
    return {
        "depth": CONV_CHANNELS * CONV_KERNEL * CONV_KERNEL,
        "cudnn": version,
        "errors": _everywhere(torch, device, one),
    }


def capability(torch: Any) -> Optional[dict[str, Any]]:
    """What torch's kernels were compiled for, and what the GPUs are."""
    devices = _gpus(torch)
    if not devices:
        return None
    return {
        "compiled": list(torch.cuda.get_arch_list()),
        "gpus": [".".join(map(str, torch.cuda.get_device_capability(place))) for place in devices],
    }


def memory(torch: Any) -> Optional[list[dict[str, int]]]:
    """Free and whole memory of each GPU, in MiB."""
    found = []
    for place in _gpus(torch):
        free, total = torch.cuda.mem_get_info(place)
        found.append({"free_mib": int(free) >> 20, "total_mib": int(total) >> 20})
    return found or None


def nccl(torch: Any) -> Optional[dict[str, Any]]:
    """A sum over all GPUs by NCCL, in this process: GPU n brings n + 1."""
    devices = _gpus(torch)
    if not devices:
        return None
    numbers = [torch.full((1 << 20,), float(index + 1), device=place) for index, place in enumerate(devices)]
    torch.cuda.nccl.all_reduce(numbers)
    for place in devices:
        torch.cuda.synchronize(place)
    sums = sorted({float(value) for tensor in numbers for value in (tensor.min(), tensor.max())})
    version = torch.cuda.nccl.version()
    return {"gpus": len(devices), "sums": sums, "version": ".".join(map(str, version))}


def rate(torch: Any) -> Optional[list[dict[str, Any]]]:
    """What each GPU does: products of half-precision matrices (10^12 operations a second) and copies (10^9 bytes)."""
    found = []
    for place in _gpus(torch):
        name = torch.cuda.get_device_properties(place).name
        kind = torch.bfloat16 if torch.cuda.get_device_capability(place)[0] >= 8 else torch.float16
        try:
            matrix = torch.ones((_RATE_SIZE, _RATE_SIZE), dtype=kind, device=place)
            seconds = _timed(torch, place, functools.partial(torch.matmul, matrix, matrix), _RATE_ROUNDS)
            operations = 2 * _RATE_SIZE**3 / seconds / 1e12
            source = torch.zeros(_COPY_BYTES, dtype=torch.uint8, device=place)
            target = torch.empty_like(source)
            seconds = _timed(torch, place, functools.partial(target.copy_, source), _COPY_ROUNDS)
        except torch.cuda.OutOfMemoryError:
            found.append({"name": name, "tflops": None, "gigabytes": None})
            continue
        # A copy reads and writes each byte.
        gigabytes = 2 * _COPY_BYTES / seconds / 1e9
        found.append({"name": name, "tflops": round(operations, 1), "gigabytes": round(gigabytes, 1)})
        del matrix, source, target
        torch.cuda.empty_cache()
    return found or None


def _set_tf32(backend: Any, allowed: bool) -> Callable[[], None]:
    """Say whether float32 may be computed in tf32, whatever the environment's packages have said; how to undo it."""
    name: str = "allow_tf32"
    value: Any = allowed
    try:
        before = backend.allow_tf32
    except RuntimeError:  # since torch 2.9, where somebody has used the newer of the two ways to say it
        name, value, before = "fp32_precision", "tf32" if allowed else "ieee", backend.fp32_precision
    setattr(backend, name, value)
    return functools.partial(setattr, backend, name, before)


def _timed(torch: Any, place: str, work: Callable[[], Any], rounds: int) -> float:
    """Seconds of one round, by the GPU's own clock, after a first one that does not count."""
    with torch.cuda.device(place):
        begin, end = (torch.cuda.Event(enable_timing=True) for _event in range(2))
        work()
        begin.record()
        for _round in range(rounds):
            work()
        end.record()
        torch.cuda.synchronize()
        return float(begin.elapsed_time(end)) / 1000 / rounds


def _gpus(torch: Any) -> list[str]:
    number = torch.cuda.device_count() if torch.version.cuda else 0
    return [f"cuda:{index}" for index in range(number)]


def _everywhere(torch: Any, device: str, work: Callable[[str], Any]) -> dict[str, Any]:
    return {place: work(place) for place in (["cpu"] if device == "cpu" else _gpus(torch))}


def _largest(torch: Any, errors: Any) -> float:
    """The largest element; infinite where an element is no number, which JSON could not say."""
    return float(errors.max()) if bool(torch.isfinite(errors).all()) else 1e300


PROBES: dict[str, Callable[..., Any]] = {
    "matmul": matmul,
    "conv": conv,
    "capability": capability,
    "memory": memory,
    "nccl": nccl,
    "rate": rate,
}
