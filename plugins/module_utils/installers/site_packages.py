# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The distributions of an environment, read from its site-packages without starting anything."""

from __future__ import annotations

import glob
import json
import os
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name

_METADATA_HEAD = 4096  # bytes; Name and Version stand in the first lines


@dataclass(frozen=True)
class Distribution:
    """One installed distribution.

    :ivar name: as its metadata spells it.
    :ivar version: as its metadata spells it.
    :ivar origin: the content of ``direct_url.json`` (PEP 610); None: it came from an index.
    :ivar installer: content of ``INSTALLER`` (``pip``, ``uv``), "" if unknown.
    :ivar record_mtime_ns: modification time of ``RECORD``; 0 if there is none.
    :ivar record_size: size of ``RECORD`` in bytes; -1 if there is none, that is, a broken installation.
    :ivar editable: whether it is installed in place.
    :ivar folder: absolute path of its ``.dist-info`` folder.
    :ivar duplicates: folders of further distributions with the same name (a broken environment).
    """

    name: str
    version: str
    origin: dict[str, Any] | None = None
    installer: str = ""
    record_mtime_ns: int = 0
    record_size: int = -1
    editable: bool = False
    folder: str = ""
    duplicates: tuple[str, ...] = field(default=())


def site_packages(path: str) -> str:
    """The site-packages folder of the virtual environment at ``path``, or ``path`` if it is one itself; "" if none."""
    if os.path.basename(os.path.normpath(path)) in ("site-packages", "dist-packages"):
        return path if os.path.isdir(path) else ""
    found = sorted(glob.glob(os.path.join(glob.escape(path), "lib", "python3*", "site-packages")))
    return found[-1] if found else ""


def read(venv_or_site: str) -> dict[str, Distribution]:
    """Every distribution of a virtual environment, by canonical name; {} if there is no such environment."""
    site = site_packages(venv_or_site)
    result: dict[str, Distribution] = {}
    if not site:
        return result
    with os.scandir(site) as entries:
        folders = sorted(e.path for e in entries if e.name.endswith(".dist-info") and not e.name.startswith("~"))
    for folder in folders:
        distribution = _read_one(folder)
        key = canonicalize_name(distribution.name)
        if key in result:
            others = (*result[key].duplicates, result[key].folder)
            distribution = Distribution(**{**distribution.__dict__, "duplicates": others})
        result[key] = distribution
    return result


def _read_one(folder: str) -> Distribution:
    name, version = _identity(folder)
    origin = _direct_url(folder)
    try:
        record = os.stat(os.path.join(folder, "RECORD"))
        mtime, size = record.st_mtime_ns, record.st_size
    except OSError:
        mtime, size = 0, -1
    return Distribution(
        name=name,
        version=version,
        origin=origin,
        installer=_text(os.path.join(folder, "INSTALLER")).strip(),
        record_mtime_ns=mtime,
        record_size=size,
        editable=bool(((origin or {}).get("dir_info") or {}).get("editable")),
        folder=folder,
    )


def _identity(folder: str) -> tuple[str, str]:
    """Name and version, from METADATA; from the folder's name if that is missing or broken."""
    stem = os.path.basename(folder)[: -len(".dist-info")]
    name, _dash, version = stem.partition("-")
    for line in _text(os.path.join(folder, "METADATA"), _METADATA_HEAD).splitlines():
        key, _colon, value = line.partition(":")
        if key.lower() == "name" and value.strip():
            name = value.strip()
        elif key.lower() == "version" and value.strip():
            version = value.strip()
        elif not line:
            break
    return name, version


def _direct_url(folder: str) -> dict[str, Any] | None:
    try:
        found = json.loads(_text(os.path.join(folder, "direct_url.json")) or "null")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else None


def _text(path: str, limit: int = -1) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read(limit)
    except OSError:
        return ""
