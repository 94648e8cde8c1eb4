# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny wheels, source archives and git repositories, made on the spot."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# A build backend in the source tree itself, so that building needs no index.
BACKEND = """
import base64, hashlib, os, re, zipfile
NAME, VERSION, REQUIRES = {name!r}, {version!r}, {requires!r}
def _check():
    {prelude}
def _wheel(directory, files):
    files = dict(files)
    info = "%s-%s.dist-info/" % (NAME.replace("-", "_"), VERSION)
    files[info + "METADATA"] = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION) + "".join(
        "Requires-Dist: %s\\n" % r for r in REQUIRES)
    files[info + "WHEEL"] = "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[info + "RECORD"] = "".join("%s,,\\n" % n for n in [*files, info + "RECORD"])
    name = "%s-%s-py3-none-any.whl" % (NAME.replace("-", "_"), VERSION)
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name
def build_wheel(directory, config_settings=None, metadata_directory=None):
    _check()
    module = NAME.replace("-", "_") + ".py"
    return _wheel(directory, {{module: open(module).read()}})
def build_editable(directory, config_settings=None, metadata_directory=None):
    return _wheel(directory, {{"__editable__." + NAME + ".pth": os.getcwd() + "\\n"}})
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    body: str = "",
    tag: str = "py3-none-any",
    requires_python: str = "",
    extras: Mapping[str, Sequence[str]] | None = None,
    size: int = 0,
) -> Path:
    """Write a wheel with one module and return its path.

    :param body: the module's source; by default it holds its version.
    :param size: bytes of random data put beside the module, to make the file large.
    """
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    if requires_python:
        metadata.append(f"Requires-Python: {requires_python}")
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    for extra, wanted in (extras or {}).items():
        metadata.append(f"Provides-Extra: {extra}")
        metadata += [f'Requires-Dist: {requirement} ; extra == "{extra}"' for requirement in wanted]
    files = {
        f"{stem}.py": (body or f"VERSION = {version!r}\n").encode(),
        f"{info}/METADATA": ("\n".join(metadata) + "\n").encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    if size:
        files[f"{stem}.bin"] = os.urandom(size)
    record = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}-{version}-{tag}.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return target


def sources(
    name: str, version: str, *, requires: Sequence[str] = (), prelude: str = "pass", body: str = ""
) -> dict[str, str]:
    """The files of a source tree that builds without any build requirement.

    :param prelude: one line that runs whenever a wheel is built (``import torch``, ``raise ...``).
    """
    return {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND.format(name=name, version=version, requires=list(requires), prelude=prelude),
        f"{name.replace('-', '_')}.py": body or f"VERSION = {version!r}\n",
    }


def sdist(folder: Path, name: str, version: str, **kwargs: Any) -> Path:
    """Write a source archive and return its path; see :func:`sources`."""
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        **sources(name, version, **kwargs),
    }
    return archive(folder, stem, files)


def archive(folder: Path, stem: str, files: Mapping[str, str]) -> Path:
    """Write a source archive of these files and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}.tar.gz"
    with tarfile.open(target, "w:gz") as opened:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size = len(text.encode())
            opened.addfile(entry, io.BytesIO(text.encode()))
    return target


class Repository:
    """A git repository with a bare copy that a server can hand out."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.work = folder / "work" / name
        self.bare = folder / "git" / f"{name}.git"
        self.work.mkdir(parents=True)
        git("init", "-q", "-b", "main", str(self.work))
        git("init", "-q", "--bare", "-b", "main", str(self.bare))
        git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=self.bare)
        git("config", "http.receivepack", "false", cwd=self.bare)

    def commit(self, files: Mapping[str, str], message: str = "change", tag: str = "", branch: str = "main") -> str:
        """Commit ``files`` and push; returns the commit."""
        for path, text in files.items():
            target = self.work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        git("add", "-A", cwd=self.work)
        git("commit", "-q", "--allow-empty", "-m", message, cwd=self.work)
        if tag:
            git("tag", "-f", "-a", tag, "-m", tag, cwd=self.work)
        git("push", "-q", "-f", "--tags", str(self.bare), f"HEAD:refs/heads/{branch}", cwd=self.work)
        return git("rev-parse", "HEAD", cwd=self.work).strip()


def git(*arguments: str, cwd: Path | None = None) -> str:
    """Run git as a fixed author, whatever the machine's configuration says."""
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
