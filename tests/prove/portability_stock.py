# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nodes of the portability matrix install: real wheels fetched once, and packages made to be difficult."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from ansible_collections.portable.model_env.tests.support.packages import Repository, sdist, sources, wheel
from ansible_collections.portable.model_env.tests.support.sites import CHECKOUT

# One of pure Python, and one that was compiled for each Python. The rest is what the roles' defaults name.
REAL = ("six==1.17.0", "markupsafe==3.0.2")
DEFAULTS = (
    "pip==26.0.1",
    "setuptools==80.9.0",
    "packaging==25.0",
    "ninja==1.13.0",
    "psutil==7.1.3",
    "wheel==0.45.1",
)
PYTHONS = ("3.9", "3.11", "3.13")
LOCKS = ("roles/model_env/files/tools-requirements.txt", "roles/hf_weights/files/hub-requirements.txt")
LARGE = 70 << 20  # bytes; more than a /tmp of 64 MB holds

# Does what flash-attn's setup.py does with a wheel that it has downloaded: os.rename from its source folder to the
# folder that it was told to put the wheel in.
RENAMER = """
import os
from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

class Renamed(bdist_wheel):
    def run(self):
        target, self.dist_dir = self.dist_dir, os.path.abspath("ready")
        super().run()
        os.makedirs(target, exist_ok=True)
        for name in os.listdir("ready"):
            os.rename(os.path.join("ready", name), os.path.join(target, name))

setup(name="renamer", version="1.0", py_modules=["renamer"], cmdclass={"bdist_wheel": Renamed})
"""
_RENAMER_FILES = {"setup.py": RENAMER, "renamer.py": "VERSION = '1.0'\n"}
# Runs a program that it has just written, as configure scripts do.
CONFIGURED = (
    "import stat, subprocess; open('probe', 'w').write('#!/bin/sh\\n'); os.chmod('probe', 0o755); "
    "subprocess.check_call(['./probe'])"
)


def fetch(folder: Path) -> None:
    """Have the real wheels in ``folder``, from wherever this machine's pip takes them."""
    wanted = folder / ".fetched"
    names = "\n".join([*REAL, *DEFAULTS, *((CHECKOUT / lock).read_text() for lock in LOCKS)])
    if wanted.exists() and wanted.read_text() == names:
        return
    folder.mkdir(parents=True, exist_ok=True)
    download = [sys.executable, "-I", "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
    download += ["--only-binary=:all:", "--dest", str(folder)]
    for lock in LOCKS:
        subprocess.run([*download, "--require-hashes", "-r", str(CHECKOUT / lock)], check=True)
    subprocess.run([*download, *DEFAULTS], check=True)
    for python in PYTHONS:
        abi = "cp" + python.replace(".", "")
        tags = [*("--platform", "manylinux2014_x86_64"), *("--platform", "any")]
        subprocess.run([*download, "--python-version", python, "--abi", abi, "--abi", "none", *tags, *REAL], check=True)
    wanted.write_text(names)


def archives(folder: Path) -> None:
    """The packages that are hard to build: one that moves its wheel, and one that runs what it wrote."""
    sdist(folder, "configured", "1.0", prelude=CONFIGURED)
    _archive(folder, "renamer", _RENAMER_FILES)


def make(folder: Path) -> None:
    """Have all made packages in ``folder``, made anew."""
    archives(folder)
    wheel(folder, "left-part", "1.0")
    wheel(folder, "whole", "1.0", requires=["left-part>=1,<2"])
    if not (folder / "large-1.0-py3-none-any.whl").exists():
        wheel(folder, "large", "1.0", size=LARGE)
    with zipfile.ZipFile(wheel(folder, "worldly", "1.0"), "a") as archive:
        archive.writestr("worldly_data/\u6570\u636e.txt", "\u00fcber\n".encode())


def stray(folder: Path) -> None:
    """Modules that must not be imported by any installer."""
    folder.mkdir(parents=True, exist_ok=True)
    for module in ("pip", "packaging", "setuptools"):
        (folder / f"{module}.py").write_text("raise SystemExit('a stray module was imported')\n")


def shelf(folder: Path) -> None:
    """A folder for find-links with a package that no index has."""
    wheel(folder, "shelved", "1.0")


def tree(folder: Path) -> None:
    """A source folder that renames like the archive ``renamer``."""
    for path, text in _RENAMER_FILES.items():
        (folder / "renamer").mkdir(parents=True, exist_ok=True)
        (folder / "renamer" / path).write_text(text)


def repositories(folder: Path) -> dict[str, str]:
    """A git server's content; the commit of each repository."""
    commits = {}
    for name in ("gitpart", "inplace"):
        bare = folder / "git" / f"{name}.git"
        if bare.exists():
            head = ["git", f"--git-dir={bare}", "-c", "safe.directory=*", "rev-parse", "main"]
            commits[name] = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
        else:
            commits[name] = Repository(folder, name).commit(sources(name, "1.0"), tag="v1")
    return commits


def spec(python: str, git: str, commits: dict[str, str], *further: str) -> dict[str, Any]:
    """A spec with everything that the collection installs in one way or another."""
    return {
        "python": python,
        "packages": [*REAL, "whole==1.0", *further],
        "build_packages": ["renamer==1.0"],
        "git_packages": [
            {"name": "gitpart", "url": f"{git}/gitpart.git", "tag": "v1"},
            {"name": "inplace", "url": f"{git}/inplace.git", "commit": commits["inplace"], "editable": True},
        ],
        "imports": ["six", "markupsafe._speedups", "left_part", "renamer", "gitpart", "inplace"],
    }


def _archive(folder: Path, name: str, files: dict[str, str]) -> None:
    info = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for path, text in {"PKG-INFO": info, **files}.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
