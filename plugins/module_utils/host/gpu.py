# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node's NVIDIA driver knows: its version, the CUDA it can run, and its GPUs."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult, Runner

NO_TOOL = "no_tool"
NO_DRIVER = "no_driver"
NO_DEVICES = "no_devices"
MISMATCH = "mismatch"
NO_PERMISSION = "no_permission"
GPU_LOST = "gpu_lost"
TIMEOUT = "timeout"
UNREADABLE = "unreadable"

# Exit statuses, from the "RETURN VALUE" section of nvidia-smi's manual page; the texts are what NVML puts beside them.
_BY_STATUS = {4: NO_PERMISSION, 6: NO_DEVICES, 9: NO_DRIVER, 12: NO_DRIVER, 15: GPU_LOST, 18: MISMATCH}
_BY_TEXT = (
    ("driver/library version mismatch", MISMATCH),
    ("couldn't communicate with the nvidia driver", NO_DRIVER),
    ("driver not loaded", NO_DRIVER),
    ("no devices were found", NO_DEVICES),
    ("gpu is lost", GPU_LOST),
    ("insufficient permissions", NO_PERMISSION),
)
_PROSE = {
    NO_TOOL: "this node has no nvidia-smi, so no NVIDIA driver is installed",
    NO_DRIVER: "nvidia-smi is installed, but the NVIDIA driver is not loaded",
    NO_DEVICES: "the NVIDIA driver is loaded, but it finds no GPU",
    MISMATCH: "the loaded NVIDIA driver and its library differ in version (a reboot after a driver update mends it)",
    NO_PERMISSION: "this user may not talk to the NVIDIA driver",
    GPU_LOST: "a GPU has fallen off the bus",
}


# ASCII alone: isdigit() holds for digits that int() does not take. No number of a GPU has more.
_DIGITS = re.compile(r"[0-9]{1,18}")
_LOST = re.compile(r"Unable to determine the device handle for .*")
# Elements that say yes where something is broken.
_FAULTS = (
    ("gpu_reset_status/reset_required", "needs a reset"),
    ("remapped_rows/remapped_row_pending", "has memory rows to be remapped at its next reset"),
    ("remapped_rows/remapped_row_failure", "could not remap a bad memory row and has to be replaced"),
    ("retired_pages/pending_retirement", "has memory pages to be retired at its next reset"),
)


@dataclass(frozen=True)
class Gpu:
    """One GPU as the driver describes it; "" stands for what this driver version does not say.

    :ivar index: position in the driver's order (by PCI address), from 0.
    :ivar memory_mib: memory of the whole device in MiB (0: unknown).
    :ivar compute_capability: e.g. ``9.0``; current drivers leave it out of this report.
    :ivar mig: ``Enabled``, ``Disabled`` or "" where the device has no MIG.
    :ivar mig_devices: number of MIG devices that exist on it.
    :ivar ecc: ``Enabled``, ``Disabled`` or "".
    :ivar ecc_uncorrectable: memory errors since the driver started that ECC could not correct.
    :ivar persistence: ``Enabled``, ``Disabled`` or "": whether the driver stays loaded between processes.
    :ivar memory_free_mib: free memory in MiB, by the driver.
    :ivar faults: what the driver itself calls broken, each as the rest of a sentence ("needs a reset").
    """

    index: int
    uuid: str
    name: str
    memory_mib: int
    architecture: str = ""
    compute_capability: str = ""
    mig: str = ""
    mig_devices: int = 0
    ecc: str = ""
    ecc_uncorrectable: int = 0
    persistence: str = ""
    memory_free_mib: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class GpuState:
    """What the node has.

    :ivar kind: "" where GPUs were found, else why there are none: ``no_tool``, ``no_driver``, ``no_devices``,
        ``mismatch``, ``no_permission``, ``gpu_lost``, ``timeout`` or ``unreadable``.
    :ivar reason: the same as a sentence, "" where GPUs were found.
    :ivar driver: version of the driver ("" if unknown).
    :ivar cuda: highest CUDA version that the driver runs ("" if unknown).
    :ivar attached: number of GPUs that the driver counts, which may be more than it can describe.
    :ivar lost: what nvidia-smi said about a GPU that it could not ask, "" if it said nothing.
    """

    kind: str = ""
    reason: str = ""
    driver: str = ""
    cuda: str = ""
    gpus: tuple[Gpu, ...] = ()
    attached: int = 0
    lost: str = ""

    @property
    def broken(self) -> bool:
        """True where a GPU or its driver is evidently meant to be here and does not work."""
        return self.kind in (MISMATCH, GPU_LOST, TIMEOUT, UNREADABLE)

    def as_dict(self) -> dict[str, Any]:
        """For module results and receipts."""
        return {**asdict(self), "gpus": [asdict(gpu) for gpu in self.gpus]}


class NvidiaSmi:
    """Asks nvidia-smi.

    :param runner: starts the command.
    :param command: the command; a plain name is looked up on PATH.
    :param timeout: seconds after which a driver that does not answer counts as broken.
    """

    def __init__(self, runner: Runner, command: str = "nvidia-smi", timeout: float = 60.0) -> None:
        self._runner = runner
        self._command = command
        self._timeout = timeout

    def read(self) -> GpuState:
        """The state of this node; never raises for what it finds."""
        try:
            result = self._runner.run([self._command, "-q", "-x"], timeout=self._timeout)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                return GpuState(NO_TOOL, _PROSE[NO_TOOL])
            return GpuState(UNREADABLE, f"nvidia-smi cannot be started: {error}")
        if result.timed_out:
            return GpuState(
                TIMEOUT, f"nvidia-smi did not answer within {self._timeout:g} s, so a GPU or its driver hangs"
            )
        return parse(result)

    def capabilities(self) -> list[str]:
        """The compute capabilities of this node's GPUs without their dots, e.g. ``["80", "90"]``; [] without a GPU.

        The report above leaves them out; this query knows them since driver 510.
        """
        command = [self._command, "--query-gpu=compute_cap", "--format=csv,noheader"]
        try:
            result = self._runner.run(command, timeout=self._timeout)
        except OSError:
            return []
        return [] if result.rc != 0 or result.timed_out else capabilities(result)


def capabilities(result: CommandResult) -> list[str]:
    """The compute capabilities in the answer to that query."""
    lines = (line.strip().replace(".", "") for line in result.stdout.splitlines())
    return sorted({line for line in lines if _DIGITS.fullmatch(line)}, key=int)


def parse(result: CommandResult) -> GpuState:
    """Read the XML report, or find out why there is none."""
    # Warnings about a single device come before the document.
    start = result.stdout.find("<nvidia_smi_log")
    if start < 0:
        return _without_report(result)
    try:
        root = ET.fromstring(result.stdout[start:])  # noqa: S314  # the driver's own tool wrote it
    except ET.ParseError as error:
        return GpuState(UNREADABLE, f"nvidia-smi's report cannot be read: {error}")
    driver, cuda = _text(root, "driver_version"), _text(root, "cuda_version")
    gpus = tuple(_gpu(index, node) for index, node in enumerate(root.findall("gpu")))
    if gpus:
        attached, lost = _number(_text(root, "attached_gpus")), _LOST.search(result.stdout[:start] + result.stderr)
        return GpuState(driver=driver, cuda=cuda, gpus=gpus, attached=attached, lost=lost[0] if lost else "")
    kind = _kind(result) or NO_DEVICES
    return GpuState(kind, _PROSE[kind], driver, cuda)


def _gpu(index: int, node: ET.Element) -> Gpu:
    mig_parent = node.find("mig_devices")
    return Gpu(
        index=index,
        uuid=_text(node, "uuid"),
        name=_text(node, "product_name"),
        memory_mib=_mebibytes(_text(node, "fb_memory_usage/total")),
        architecture=_text(node, "product_architecture"),
        compute_capability=_text(node, "compute_cap") or _text(node, "cuda_compute_capability"),
        mig=_text(node, "mig_mode/current_mig"),
        mig_devices=0 if mig_parent is None else len(mig_parent.findall("mig_device")),
        ecc=_text(node, "ecc_mode/current_ecc"),
        ecc_uncorrectable=_uncorrectable(node),
        persistence=_text(node, "persistence_mode"),
        memory_free_mib=_mebibytes(_text(node, "fb_memory_usage/free")),
        faults=tuple(words for path, words in _FAULTS if _text(node, path).lower() == "yes"),
    )


def _uncorrectable(node: ET.Element) -> int:
    """The sum of the counters since the driver started, under whatever names the version of the DTD has for them."""
    counters = node.findall("ecc_errors/volatile//*")
    # v11 and older: <double_bit> has a <total> of what stands beside it.
    old = _text(node, "ecc_errors/volatile/double_bit/total")
    named = [(one.text or "").strip() for one in counters if "uncorrectable" in one.tag]
    return _number(old) or sum(map(_number, named))


def _number(text: str) -> int:
    return int(text) if _DIGITS.fullmatch(text) else 0


def _text(node: ET.Element, path: str) -> str:
    """Text of an element, "" where it is absent or the driver says that it does not know."""
    text = (node.findtext(path) or "").strip()
    return "" if text in ("N/A", "[N/A]", "None", "Requested functionality has been deprecated") else text


def _mebibytes(text: str) -> int:
    number, _space, unit = text.partition(" ")
    return _number(number) if unit in ("MiB", "MB") else 0


def _without_report(result: CommandResult) -> GpuState:
    kind = _kind(result)
    if kind:
        return GpuState(kind, _PROSE[kind])
    said = " ".join((result.stdout + " " + result.stderr).split())[:300]
    return GpuState(UNREADABLE, f"nvidia-smi ended with status {result.rc} and said: {said or 'nothing'}")


def _kind(result: CommandResult) -> str:
    said = (result.stdout[:4000] + result.stderr[:4000]).lower()
    for text, kind in _BY_TEXT:
        if text in said:
            return kind
    return _BY_STATUS.get(result.rc, "")
