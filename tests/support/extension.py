# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source archive that behaves like flash-attn's, and compiles in seconds: it includes as little of torch as it can.

Its setup.py imports torch, packaging and psutil, compiles C++ against torch with ninja, and, unless it is forced to
build, first tries a wheel of a release: by urlretrieve, and with the same ``os.rename`` from the folder of the source
into that of the wheels. So it fails where flash-attn fails.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

NAME = "tiny-attn"
FORCE = "TINY_ATTN_FORCE_BUILD"  # TRUE: do not try a released wheel
RELEASES = "TINY_ATTN_RELEASES"  # address of the releases
KERNELS = 4

_SETUP = """
import os
import platform
import sys
import urllib.error
import urllib.request

import psutil
import torch
from packaging.version import parse
from setuptools import setup
from torch.utils.cpp_extension import BuildExtension, CppExtension
from wheel.bdist_wheel import bdist_wheel as _bdist_wheel

NAME = "tiny_attn"
VERSION = {version!r}
FORCE_BUILD = os.getenv("TINY_ATTN_FORCE_BUILD", "FALSE") == "TRUE"


def get_wheel_url():
    torch_version = parse(torch.__version__)
    cuda = f"cu{{parse(torch.version.cuda).major}}" if torch.version.cuda else "cpu"
    python = f"cp{{sys.version_info.major}}{{sys.version_info.minor}}"
    abi = str(torch._C._GLIBCXX_USE_CXX11_ABI).upper()
    local = f"{{cuda}}torch{{torch_version.major}}.{{torch_version.minor}}cxx11abi{{abi}}"
    name = f"{{NAME}}-{{VERSION}}+{{local}}-{{python}}-{{python}}-linux_{{platform.uname().machine}}.whl"
    return os.environ.get("TINY_ATTN_RELEASES", "http://127.0.0.1:9") + "/" + name, name


class CachedWheelsCommand(_bdist_wheel):
    def run(self):
        if FORCE_BUILD:
            return super().run()
        wheel_url, wheel_filename = get_wheel_url()
        print("Guessing wheel URL: ", wheel_url)
        try:
            urllib.request.urlretrieve(wheel_url, wheel_filename)
            if not os.path.exists(self.dist_dir):
                os.makedirs(self.dist_dir)
            impl_tag, abi_tag, plat_tag = self.get_tag()
            archive_basename = f"{{self.wheel_dist_name}}-{{impl_tag}}-{{abi_tag}}-{{plat_tag}}"
            os.rename(wheel_filename, os.path.join(self.dist_dir, archive_basename + ".whl"))
        except (urllib.error.HTTPError, urllib.error.URLError):
            print("Precompiled wheel not found. Building from source...")
            super().run()


class NinjaBuildExtension(BuildExtension):
    def __init__(self, *args, **kwargs):
        if not os.environ.get("MAX_JOBS"):
            free = psutil.virtual_memory().available / (1024 ** 3)
            os.environ["MAX_JOBS"] = str(max(1, min(os.cpu_count() // 2, int(free / 9))))
        super().__init__(*args, **kwargs)


setup(
    name=NAME,
    version=VERSION,
    packages=[NAME],
    ext_modules=[
        CppExtension(
            name="tiny_attn_ops",
            sources=["csrc/api.cpp"] + [f"csrc/kernel{{n}}.cpp" for n in range({kernels})],
            # The first error is the last: the headers of torch have thousands where the standard is too old.
            extra_compile_args={{"cxx": ["-O1", "-Wfatal-errors", "-std=c++{standard}"]}},
        )
    ],
    cmdclass={{"bdist_wheel": CachedWheelsCommand, "build_ext": NinjaBuildExtension}},
    python_requires=">=3.9",
    install_requires=["torch"],
)
"""
_API = """
#include <Python.h>
#include <{header}>
#include <torch/library.h>
{declarations}
at::Tensor attend(const at::Tensor& x) {{ return x.mul({sum}); }}
TORCH_LIBRARY(tiny_attn_ops, m) {{ m.def("attend", &attend); }}
static PyModuleDef ops = {{PyModuleDef_HEAD_INIT, "tiny_attn_ops", nullptr, -1, nullptr}};
PyMODINIT_FUNC PyInit_tiny_attn_ops(void) {{ return PyModule_Create(&ops); }}
"""
_KERNEL = "#include <cstdint>\nint64_t kernel{n}(int64_t x) {{ return {body}; }}\n"
_MODULE = """
import torch
import tiny_attn_ops
__version__ = {version!r}
attend = torch.ops.tiny_attn_ops.attend
"""


def sdist(
    folder: Path,
    version: str = "1.0",
    *,
    standard: int = 20,
    header: str = "ATen/core/Tensor.h",
    undefined: bool = False,
) -> Path:
    """Write the archive and return its path.

    :param standard: the C++ standard that setup.py sets.
    :param header: the one that has torch's tensors; flash-attn's own, ``torch/all.h``, takes ten times as long.
    :param undefined: declare one function that nothing defines.
    """
    declarations = "".join(f"int64_t kernel{n}(int64_t x);\n" for n in range(KERNELS + undefined))
    total = " + ".join(f"kernel{n}(1)" for n in range(KERNELS + undefined))
    stem = f"tiny_attn-{version}"
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n",
        "setup.py": _SETUP.format(version=version, kernels=KERNELS, standard=standard),
        "tiny_attn/__init__.py": _MODULE.format(version=version),
        "csrc/api.cpp": _API.format(header=header, declarations=declarations, sum=total),
        **{f"csrc/kernel{n}.cpp": _KERNEL.format(n=n, body=f"x + {n}") for n in range(KERNELS)},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path
