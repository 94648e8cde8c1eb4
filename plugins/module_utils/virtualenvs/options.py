# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of the module pip as its runner takes them; reads requirements files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import InstallOptions
from ansible_collections.portable.model_env.plugins.module_utils.requirements import files
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.pip import PipSettings
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.request import PipRequest, absent, wanted

_DEEPEST = 10  # files that include files


def read_settings(given: Mapping[str, Any]) -> PipSettings:
    """How to work.

    :raises ModelEnvError: kind ``invalid``; a file or a folder that is named is not there.
    """
    for link in given["find_links"]:
        if "://" not in link and not os.path.exists(link):
            raise _invalid(f"find_links names {link}, which is not there", "create it, or leave it out", given)
    environment = {**given["environment"], **given["secret_environment"]}
    options = InstallOptions(
        index_url=given["index_url"],
        extra_index_urls=given["extra_index_urls"],
        find_links=given["find_links"],
        constraints=[*given["constraints"], *_from_files(given)[1]],
        require_hashes=given["require_hashes"],
        build_isolation=given["build_isolation"],
        compile=given["compile"],
        environment={str(name): str(value) for name, value in environment.items()},
        secrets=[str(value) for value in given["secret_environment"].values()],
        timeout=given["timeout"],
        retries=given["retries"],
        retry_delay=given["retry_delay"],
        total_timeout=given["total_timeout"],
    )
    return PipSettings(
        virtualenv=given["virtualenv"],
        state=given["state"],
        installer=given["installer"],
        python=given["virtualenv_python"] or "",
        tools=given["tools"] or "",
        executables={name: given.get(f"{name}_executable") or "" for name in registry.NAMES},
        store=given["store"] or "",
        log=given["log"] or os.path.normpath(given["virtualenv"]) + ".log",
        lock_wait=given["lock_wait"],
        options=options,
    )


def read_request(given: Mapping[str, Any]) -> PipRequest:
    """What is wanted.

    :raises ModelEnvError: kind ``invalid``; it is not pinned, or makes no sense.
    """
    names = list(given["name"])
    if given["version"]:
        if len(names) != 1:
            raise _invalid("version goes with exactly one name", "write name==version for each", given)
        names = [f"{names[0]}=={given['version']}"]
    listed = _from_files(given)[0]
    if given["state"] == "absent":
        return absent(names, given["git"], listed, given["virtualenv"])
    return wanted(
        names,
        given["git"],
        listed,
        policy=given["pins"],
        editable=given["editable"],
        hashes=given["hashes"],
        require_hashes=given["require_hashes"],
        where=given["virtualenv"],
    )


def _from_files(given: Mapping[str, Any]) -> tuple[list[Requirement], list[str]]:
    """Requirements and constraints of the requirements file and of those that it includes."""
    path = given["requirements"]
    if not path:
        return [], []
    if not os.path.isabs(path):
        raise _invalid(f"requirements {path!r} is not an absolute path", "give a path from /", given)
    return _read(path, given, 0)


def _read(path: str, given: Mapping[str, Any], depth: int) -> tuple[list[Requirement], list[str]]:
    try:
        with open(path, encoding="utf-8") as handle:
            content = files.read(handle.read(), path)
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(f"the requirements file {path} cannot be read: {error}", "check the path", given) from error
    if depth > _DEEPEST:
        raise _invalid(f"{path} is included by itself", "break the circle", given)
    found, limits = list(content.requirements), []
    folder = os.path.dirname(path)
    for name in content.files:
        more, further = _read(os.path.join(folder, name), given, depth + 1)
        found += more
        limits += further
    for name in content.constraints:
        more, further = _read(os.path.join(folder, name), given, depth + 1)
        limits += [requirement.text for requirement in more] + further
    return found, limits


def _invalid(what: str, todo: str, given: Mapping[str, Any]) -> ModelEnvError:
    return ModelEnvError(what, where=given["virtualenv"], todo=todo, kind="invalid")
