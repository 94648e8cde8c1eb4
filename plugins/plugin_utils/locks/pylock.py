# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pylock.toml`` (PEP 751) as text and as a :class:`Lock`. Pure.

What only a person or another tool needs (URLs, upload times) is kept as the resolver wrote it; what this collection
needs beyond the format is in ``[tool.model_env]``.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional
from urllib.parse import unquote, urlsplit

import tomllib

from ansible_collections.portable.model_env.plugins.module_utils import strict
from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock

_VERSION = "1.0"
_CREDENTIALS = re.compile(r'(https?://)[^/@\s"]+@')


def facts_of(*, spec: str, python: str, platform: str, resolver: str, created: str) -> dict[str, str]:
    """What ``[tool.model_env]`` says; see :class:`Lock`.

    :param created: time, RFC 3339.
    """
    return {"spec": spec, "python": python, "platform": platform, "resolver": resolver, "created": created}


def with_facts(text: str, facts: Mapping[str, str]) -> str:
    """The resolver's text with our table behind it."""
    # A text of these is a TOML basic string as JSON writes it: none has control characters.
    lines = [f'{key} = "{value}"' for key, value in facts.items()]
    # Whoever installs has their own credentials; a lock is committed.
    text = _CREDENTIALS.sub(r"\1", text)
    return text.rstrip("\n") + "\n\n[tool.model_env]\n" + "\n".join(lines) + "\n"


def parse(text: str, where: str) -> Lock:
    """A lock of ours.

    :param where: path or host, for errors.
    :raises ModelEnvError: (invalid) it is none; ``why`` names the place.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(where, f"it is no TOML: {error}") from error
    return read(data, where)


def read(data: Mapping[str, Any], where: str) -> Lock:
    """The same, of the file's data."""
    if data.get("lock-version") != _VERSION:
        raise _unreadable(where, f"its lock-version is not {_VERSION}")
    tool = data.get("tool")
    facts = tool.get("model_env") if isinstance(tool, dict) else None
    if not isinstance(facts, dict):
        raise _unreadable(where, "it has no table [tool.model_env], so nobody knows which spec it is for")
    packages = data.get("packages")
    if not isinstance(packages, list) or not all(isinstance(one, dict) for one in packages):
        raise _unreadable(where, "it has no list of packages")
    try:
        known = {key: value for key, value in facts.items() if key != "created"}
        return strict.read(Lock, {**known, "packages": [_package(one) for one in packages]})
    except ValueError as error:  # strict.Refused, or an address that is none
        raise _unreadable(where, str(error)) from error


def _unreadable(where: str, why: str) -> ModelEnvError:
    todo = "make it again: ansible-playbook lock.yml"
    return ModelEnvError("the lock cannot be read", where=where, why=why, todo=todo, kind="invalid")


def _package(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of ``packages`` as :class:`LockedPackage` has it; what is wrong with it is found when that is read."""
    name = entry.get("name")
    result: dict[str, Any] = {"name": canonicalize_name(name) if isinstance(name, str) else name}
    if "version" in entry:
        result["version"] = entry["version"]
    wheels = entry.get("wheels")
    if wheels:
        result["wheels"] = [_file(one) for one in wheels] if isinstance(wheels, list) else wheels
    if entry.get("sdist"):
        result["sdist"] = _file(entry["sdist"])
    source = entry.get("vcs") or entry.get("archive")
    if source is not None:
        result["source"] = _source(source)
        result.pop("wheels", None)
        result.pop("sdist", None)
    return result


def _file(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    name = entry.get("name") or _last(entry.get("url")) or _last(entry.get("path"))
    return {"name": name, "sha256": _sha256(entry), "size": entry.get("size", 0)}


def _source(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    found = {
        "url": entry.get("url"),
        "sha256": _sha256(entry),
        "commit": entry.get("commit-id"),
        "subdirectory": entry.get("subdirectory"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _sha256(entry: Mapping[str, Any]) -> Optional[Any]:
    hashes = entry.get("hashes")
    return hashes.get("sha256") if isinstance(hashes, dict) else None


def _last(url: Any) -> str:
    """The file that a URL or a path names."""
    return unquote(urlsplit(url).path).rpartition("/")[2] if isinstance(url, str) else ""
