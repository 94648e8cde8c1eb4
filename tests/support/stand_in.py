# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of torch that says which wheels fit it, and wheels of an extension of it."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey
from ansible_collections.portable.model_env.tests.support.packages import archive, wheel

# No such version is anywhere: this machine may have the others.
TORCH = "2.13.7"
NAME = "fused-part"
TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"
PLATFORM = f"linux_{os.uname().machine}"
LIBC = "".join((os.confstr("CS_GNU_LIBC_VERSION") or "").split())
_TORCH = """
__version__ = "{version}"
class version:
    cuda = None
class cuda:
    @staticmethod
    def device_count():
        return 0
class _C:
    _GLIBCXX_USE_CXX11_ABI = {abi}
class _Zero:
    # Whatever is computed with it is zero: checks of arithmetic find no error.
    def _itself(self, *_arguments, **_options):
        return self
    __call__ = __matmul__ = __sub__ = __truediv__ = __enter__ = _itself
    def __getattr__(self, name):
        return self
    def __exit__(self, *_error):
        return None
    def __float__(self):
        return 0.0
    def __bool__(self):
        return True
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _Zero()
"""
# Nothing is compiled, but the wheel is named and tagged as if it were.
_SETUP = """
import torch
from setuptools import Distribution, setup
class Compiled(Distribution):
    def has_ext_modules(self):
        return True
setup(name={name!r}, version={version!r}, py_modules=["fused_part"], distclass=Compiled, install_requires=["single>=1"])
"""


def plant_torch(folder: Path, version: str = TORCH, abi: bool = True) -> Path:
    """Add the stand-in to an index."""
    return wheel(folder, "torch", version, body=_TORCH.format(version=version, abi=abi))


def key(version: str = "1.0", **changes: object) -> WheelKey:
    """The key of the extension on this machine."""
    facts = {"package": NAME, "version": version, "commit": "", "python_tag": TAG, "torch": "2.13", "cuda": "cpu",
             "cxx11abi": True, "platform": PLATFORM, "libc": LIBC, "archs": ()}  # fmt: skip
    return WheelKey(**{**facts, **changes})  # type: ignore[arg-type]


def extension_wheel(folder: Path, version: str = "1.0", local: str = "", body: str = "") -> Path:
    """A wheel of the extension.

    :param local: of its version, as released wheels have one.
    """
    public = f"{version}+{local}" if local else version
    made = wheel(folder / "raw", NAME, public, requires=["single>=1"], body=body or f"ORIGIN = {folder.name!r}\n")
    named = folder / f"fused_part-{public}-{TAG}-{TAG}-{PLATFORM}.whl"
    return made.rename(named)


def extension_source(version: str = "1.0") -> dict[str, str]:
    """The source of the extension, whose setup.py needs torch."""
    return {"setup.py": _SETUP.format(name=NAME, version=version), "fused_part.py": "ORIGIN = 'built'\n"}


def extension_sdist(folder: Path, version: str = "1.0") -> Path:
    """The same as an archive."""
    metadata = {"PKG-INFO": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n"}
    return archive(folder, f"fused_part-{version}", {**metadata, **extension_source(version)})


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
