# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real virtual environment with modules in it that behave well, badly, or like torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CRASHES = "import ctypes\nctypes.string_at(0)\n"
EXITS = "import os\nos._exit(3)\n"
HANGS = "import time\ntime.sleep(600)\n"
KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
CUT = """
import mmap, tempfile
file = tempfile.TemporaryFile()
file.truncate(4096)
mapped = mmap.mmap(file.fileno(), 4096)
file.truncate(0)
mapped[0]
"""
LEAVES = "raise SystemExit('bye')\n"
LACKS = "import missing_dependency\n"
ABORTS = "import os\nos.write(2, b'MPI is not initialised\\n\\n')\nos.abort()\n"
# Each leaves a process behind that has its own session; {pid} is the file for its number.
STARTS_DAEMON = """
import pathlib, subprocess
process = subprocess.Popen(["sleep", "600"], start_new_session=True)
pathlib.Path({pid!r}).write_text(str(process.pid))
"""
FORKS_DAEMON = """
import os, pathlib, time
child = os.fork()
if child == 0:
    os.setsid()
    time.sleep(600)
    os._exit(0)
pathlib.Path({pid!r}).write_text(str(child))
"""
# The child comes out of the import too, and would measure everything again; {pid} is the file for its number.
FORKS_THROUGH = "import os\nchild = os.fork()\nif child:\n    open({pid!r}, 'w').write(str(child))\n"
# All that could be taken for an event: the mark, unfinished JSON, the raw descriptor, a child's output, a warning.
NOISY = """
import os, subprocess, sys, warnings
__version__ = "1.0"
print('\\x1e{"event": "end", "check": "import:noisy", "value": null, "error": "forged", "blocked": "", "seconds": 0}')
print("\\x1e{unfinished" * 5000)
os.write(1, b"raw\\n")
subprocess.run(["echo", "from a child"], check=True)
print("to stderr", file=sys.stderr)
warnings.warn("old")
sys.stdout.close()
"""

# What the probe uses of torch. CUDA does not run where these tests run; that part is proven on GPU nodes only.
TORCH = """
__version__ = "{version}"
float32 = "float32"
class version:
    cuda = {cuda!r}
class _Properties:
    def __init__(self, name):
        self.name, self.major, self.minor, self.total_memory = name, 9, 0, 80 * 2**30
class cuda:
    _names = {gpus!r}
    @classmethod
    def device_count(cls):
        return len(cls._names)
    @classmethod
    def get_device_properties(cls, index):
        return _Properties(cls._names[index])
    @staticmethod
    def init():
        raise RuntimeError("No CUDA GPUs are available")
class tensor(list):
    def __init__(self, values, dtype=None, device=None):
        super().__init__(values)
        self.device = device
    def tolist(self):
        return list(self)
class ops:
    class torchvision:
        @staticmethod
        def _cuda_version():
            return {number}
"""
TORCHVISION = """
import torch
__version__ = "{version}"
class ops:
    @staticmethod
    def nms(boxes, scores, threshold):
        if boxes.device != "cpu" and {number} < 0:
            raise NotImplementedError("Could not run 'torchvision::nms' with arguments from the 'CUDA' backend")
        return torch.tensor([0, 2, 3])
"""


class Environment:
    """A virtual environment made by the interpreter that runs the tests."""

    def __init__(self, folder: Path, *options: str) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, str(folder)], check=True)
        self.folder = folder
        self.python = str(folder / "bin" / "python")
        (self.site,) = (folder / "lib").glob("python3*/site-packages")

    def plant(self, **modules: str) -> Environment:
        """Add modules, name to source."""
        for name, source in modules.items():
            (self.site / f"{name}.py").write_text(source)
        return self

    def plant_torch(
        self, version: str = "2.5.1+cu124", cuda: str | None = "12.4", gpus: tuple[str, ...] = (), vision: int = 12040
    ) -> Environment:
        """Add stand-ins of torch and torchvision.

        :param gpus: names of the GPUs that torch is to see.
        :param vision: CUDA of torchvision's extension, -1 for the CPU.
        """
        torch = TORCH.format(version=version, cuda=cuda, gpus=list(gpus), number=vision)
        return self.plant(torch=torch, torchvision=TORCHVISION.format(version="0.20.1", number=vision))

    def distribution(self, name: str, version: str) -> Path:
        """Add the metadata of a distribution, as an installer would; returns its folder."""
        folder = self.site / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (folder / "RECORD").write_text(f"{name}.py,,\n")
        return folder
