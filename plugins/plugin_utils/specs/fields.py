# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smaller fields of a spec: Python, environment variables, API keys, imports, system packages."""

from __future__ import annotations

import keyword
import re
from typing import Any, Mapping, Sequence

from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import (
    Offences,
    has_secret,
    without_secrets,
    yaml_value,
)

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SOURCES = "index_url:, extra_index_urls: and find_links: say where packages come from"
_LEAKS = "it would change which code the environment's interpreter runs"
_LOADER = "it would change which libraries every program loads"
_PROGRAMS = "it would change which programs are run"
_GIT = "it would change what git runs"
_SHELL = "every shell would run it"
_NETWORK = "it would hold for this environment's installer alone; set it for the node (docs/network.md)"
_HOME = "programs read their settings below it"
# Variables that a spec may not set, and why. A name that ends in * stands for all that begin so.
_OWNED = {
    "PIP_*": _SOURCES,
    "UV_*": _SOURCES,
    "TMPDIR": "it always lies on the filesystem of the releases",
    "TEMP": "TMPDIR always lies on the filesystem of the releases",
    "TMP": "TMPDIR always lies on the filesystem of the releases",
    "PYTHON*": _LEAKS,
    "VIRTUAL_ENV": "the release is the environment",
    "CONDA_*": "the release is the environment",
    "LD_*": _LOADER,
    "DYLD_*": _LOADER,
    "GCONV_PATH": _LOADER,
    "GLIBC_TUNABLES": _LOADER,
    "PATH": _PROGRAMS,
    "PATHEXT": _PROGRAMS,
    "SHELL": _PROGRAMS,
    "EDITOR": _PROGRAMS,
    "VISUAL": _PROGRAMS,
    "PAGER": _PROGRAMS,
    "SUDO_*": _PROGRAMS,
    "GIT_*": _GIT,
    "SSH_*": _GIT,
    "BASH_*": _SHELL,
    "BASHOPTS": _SHELL,
    "SHELLOPTS": _SHELL,
    "ENV": _SHELL,
    "IFS": _SHELL,
    "CDPATH": _SHELL,
    "PS4": _SHELL,
    "PROMPT_COMMAND": _SHELL,
    "ZDOTDIR": _SHELL,
    "PERL5*": _PROGRAMS,
    "PERLLIB": _PROGRAMS,
    "RUBY*": _PROGRAMS,
    "NODE_OPTIONS": _PROGRAMS,
    "JAVA_TOOL_OPTIONS": _PROGRAMS,
    "HOME": _HOME,
    "USER": _HOME,
    "LOGNAME": _HOME,
    "NETRC": _HOME,
    "XDG_*": _HOME,
    "HTTP_PROXY": _NETWORK,
    "HTTPS_PROXY": _NETWORK,
    "ALL_PROXY": _NETWORK,
    "NO_PROXY": _NETWORK,
    "SSL_CERT_*": _NETWORK,
    "SSL_CLIENT_CERT": _NETWORK,
    "REQUESTS_CA_BUNDLE": _NETWORK,
    "CURL_CA_BUNDLE": _NETWORK,
    "ANSIBLE_*": "Ansible's settings are the controller's",
}


def owned(name: str) -> str:
    """Why a spec may not set a variable; "" if it may."""
    upper = name.upper()
    for known, why in _OWNED.items():
        if upper == known or (known.endswith("*") and upper.startswith(known[:-1])):
            return why
    return ""


_SECRET_NAME = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
_FAMILIES = ("debian", "redhat", "suse")
# A name or a capability (``perl(Foo::Bar)``, ``libx.so.1()(64bit)``); for apt a release behind a slash; never a file.
_SYSTEM_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:()-]*(?:/[a-z][a-z0-9-]*)?")


def check_python(report: Offences, python: str) -> str:
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


def check_environment(report: Offences, environment: Mapping[str, str], where: str = "environment") -> dict[str, str]:
    """The variables that may be set; those that the collection owns, and secrets, are reported.

    :param where: path of the block.
    """
    result = {}
    for name, value in environment.items():
        path = f"{where}.{name}"
        why = owned(name)
        if not _VARIABLE.fullmatch(name):
            fix = re.sub(r"\W", "_", name) or "NAME"
            report.add(path, f"{yaml_value(name)} is no name of a variable", f"environment: {{{fix}: ...}}")
        elif why:
            report.add(path, f"{name} is not for a spec to set: {why}", f"remove {name}")
        elif _SECRET_NAME.search(name) and value:
            problem = f"{name} looks like a secret, which would stay in receipts; set it in the node's own environment"
            report.add(path, problem, f"remove {name}; to have its presence checked: api_keys: [{name}]")
        elif has_secret(value):
            problem = f"the value of {name} holds a URL with a secret, which would stay in receipts"
            report.add(path, problem, f"{name}: {yaml_value(without_secrets(value))}")
        else:
            result[name] = value
    return result


def check_api_keys(report: Offences, items: Sequence[tuple[str, str]]) -> list[str]:
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


def check_imports(report: Offences, items: Sequence[tuple[str, str]]) -> list[str]:
    """Dotted names of modules."""
    for path, module in items:
        parts = module.split(".")
        if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
            continue
        guess = re.sub(r"[\[=<>;@ ].*", "", module).replace("-", "_").strip(".")
        report.add(path, f"{yaml_value(module)} is no name of a module", f"imports: [{guess or 'torch'}]")
    return list(dict.fromkeys(module for _path, module in items))


def check_system_packages(report: Offences, items: Sequence[tuple[str, Any]]) -> list[Any]:
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
                fix = re.split(r"[\s=<>,;/]", name.strip())[0] or "ffmpeg"
                report.add(path, f"{yaml_value(name)} is no name of a package", f"system_packages: [{fix}]")
        result.append(dict(item) if isinstance(item, Mapping) else item)
    return [item for index, item in enumerate(result) if item not in result[:index]]
