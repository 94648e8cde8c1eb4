# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smaller fields of a spec: Python, environment variables, API keys, imports, system packages."""

from __future__ import annotations

import keyword
import re
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    Report,
    has_secret,
    without_secrets,
    yaml_value,
)

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWNED_PREFIXES = {
    "PIP_": "index_url:, extra_index_urls: and find_links: say where packages come from",
    "UV_": "index_url:, extra_index_urls: and find_links: say where packages come from",
}
_OWNED = {
    "TMPDIR": "it always lies on the filesystem of the releases",
    "TEMP": "TMPDIR always lies on the filesystem of the releases",
    "TMP": "TMPDIR always lies on the filesystem of the releases",
    "PYTHONPATH": "it would leak packages into the environment",
    "PYTHONHOME": "the environment's own interpreter sets it",
    "PYTHONUSERBASE": "user sites are never used",
    "PYTHONNOUSERSITE": "user sites are never used",
    "PYTHONSTARTUP": "nothing interactive runs",
    "VIRTUAL_ENV": "the release is the environment",
    "CONDA_PREFIX": "the release is the environment",
    "LD_PRELOAD": "it would change what is proven",
}
_SECRET_NAME = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
_FAMILIES = ("debian", "redhat", "suse")
_SYSTEM_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:()/-]*")


def check_python(report: Report, python: str) -> str:
    """The version if it is one, else ""."""
    match = re.fullmatch(r"3\.(\d+)(?:\.\d+)?", python)
    if match and int(match[1]) >= 8:
        return python
    if not python:
        return ""
    found = re.search(r"3\.\d+(?:\.\d+)?", python)
    guess = found.group(0) if found and int(found.group(0).split(".")[1]) >= 8 else "3.11"
    report.add("python", f"{yaml_value(python)} is no version of Python from 3.8 on", f'python: "{guess}"')
    return ""


def check_environment(report: Report, environment: Mapping[str, str], where: str = "environment") -> dict[str, str]:
    """The variables that may be set; those that the collection owns, and secrets, are reported.

    :param where: path of the block.
    """
    result = {}
    for name, value in environment.items():
        path = f"{where}.{name}"
        owned = _OWNED.get(name.upper()) or next(
            (why for prefix, why in _OWNED_PREFIXES.items() if name.upper().startswith(prefix)), ""
        )
        if not _VARIABLE.fullmatch(name):
            fix = re.sub(r"\W", "_", name) or "NAME"
            report.add(path, f"{yaml_value(name)} is no name of a variable", f"environment: {{{fix}: ...}}")
        elif owned:
            report.add(path, f"{name} is set by the collection: {owned}", f"remove {name}")
        elif _SECRET_NAME.search(name) and value:
            problem = f"{name} looks like a secret, which would stay in receipts; set it in the node's own environment"
            report.add(path, problem, f"remove {name}; to have its presence checked: api_keys: [{name}]")
        elif has_secret(value):
            problem = f"the value of {name} holds a URL with a secret, which would stay in receipts"
            report.add(path, problem, f"{name}: {yaml_value(without_secrets(value))}")
        elif "\0" in value or "\n" in value:
            report.add(path, f"the value of {name} has more than one line", f'{name}: "..."')
        else:
            result[name] = value
    return result


def check_api_keys(report: Report, items: Sequence[tuple[str, str]]) -> list[str]:
    """The names of variables; a value written by mistake is never shown."""
    for path, name in items:
        if _VARIABLE.fullmatch(name) and name.upper() == name:
            continue
        guess = re.sub(r"\W", "_", name).upper()
        # A key pasted instead of its name has digits and length; a name has words.
        shown = guess.strip("_") if re.fullmatch(r"[A-Za-z_ .-]{2,40}", name) else "LUMA_API_KEY"
        problem = "this is no name of an environment variable (names only, never values)"
        report.add(path, problem, f"api_keys: [{shown}]")
    return list(dict.fromkeys(name for _path, name in items))


def check_imports(report: Report, items: Sequence[tuple[str, str]]) -> list[str]:
    """Dotted names of modules."""
    for path, module in items:
        parts = module.split(".")
        if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
            continue
        guess = re.sub(r"[\[=<>;@ ].*", "", module).replace("-", "_").strip(".")
        report.add(path, f"{yaml_value(module)} is no name of a module", f"imports: [{guess or 'torch'}]")
    return list(dict.fromkeys(module for _path, module in items))


def check_system_packages(report: Report, items: Sequence[tuple[str, Any]]) -> list[Any]:
    """Names of operating system packages, plain (Debian's) or by family."""
    result: list[Any] = []
    for path, item in items:
        names = item if isinstance(item, Mapping) else {"debian": item}
        if not names:
            report.add(path, "no name is given", "system_packages: [ffmpeg]")
        for family, name in names.items():
            if family not in _FAMILIES:
                known = ", ".join(_FAMILIES)
                report.add(f"{path}.{family}", f"unknown family `{family}`", f"debian: {name}   (families: {known})")
            if not _SYSTEM_PACKAGE.fullmatch(name):
                fix = re.split(r"[\s=<>,;]", name.strip())[0] or "ffmpeg"
                report.add(path, f"{yaml_value(name)} is no name of a package", f"system_packages: [{fix}]")
        result.append(dict(item) if isinstance(item, Mapping) else item)
    return [item for index, item in enumerate(result) if item not in result[:index]]
