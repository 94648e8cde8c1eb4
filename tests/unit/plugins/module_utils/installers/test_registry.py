# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installers that there are, and that nobody but their own files and the registry knows them by name."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.portable.model_env.plugins.doc_fragments.installing import ModuleDocFragment
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandRunner
from ansible_collections.portable.model_env.plugins.module_utils.installers import registry
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Tools
from ansible_collections.portable.model_env.plugins.modules import pip as pip_module

PROJECT = Path(__file__).resolve().parents[5]
ROOM = "plugins/module_utils/installers/"
# Where a name of an installer is no choice of an installer.
EXCEPTIONS = {
    "plugins/module_utils/host/interpreters.py": "a fact of an interpreter: whether it brings pip",
    "plugins/module_utils/network/pip_config_files.py": "the folder of pip's configuration, which all of them honour",
}


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of each string in a file that is the name of an installer."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Constant) and node.value in registry.NAMES:
            yield node.lineno, node.value


def test_only_an_installers_own_files_and_the_registry_name_it() -> None:
    found = set()
    for path in sorted((PROJECT / "plugins").rglob("*.py")):
        place = path.relative_to(PROJECT).as_posix()
        own = place.startswith(tuple(f"{ROOM}{name}" for name in registry.NAMES))
        if own or "_vendor" in path.parts:
            continue
        found |= {place for _line, _name in names_in(path)}
    assert found == set(EXCEPTIONS)


def choices_of_roles() -> Iterator[tuple[str, list[str]]]:
    for path in sorted((PROJECT / "roles").glob("*/meta/argument_specs.yml")):
        for entry in yaml.safe_load(path.read_text())["argument_specs"].values():
            for name, option in (entry.get("options") or {}).items():
                if name.endswith("_installer"):
                    yield name, option["choices"]


@pytest.mark.parametrize(("name", "choices"), list(choices_of_roles()))
def test_roles_offer_the_installers_that_there_are(name: str, choices: list[str]) -> None:
    assert [one for one in choices if one != registry.AUTO] == list(registry.NAMES)


@pytest.mark.parametrize("text", [pip_module.DOCUMENTATION, ModuleDocFragment.DOCUMENTATION])
def test_documentation_lists_the_installers_that_there_are(text: str) -> None:
    choices = yaml.safe_load(text)["options"]["installer"]["choices"]
    assert [one for one in choices if one != registry.AUTO] == list(registry.NAMES)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


def put(folder: Path, name: str) -> str:
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return str(program)


def test_auto_takes_what_not_every_platform_has_where_it_is(tools: Path) -> None:
    def chosen() -> Any:
        return registry.make_installer(registry.AUTO, registry.tools_in(str(tools)), CommandRunner(), {}).name

    rare = next(name for name, one in registry.INSTALLERS.items() if not one.everywhere)
    assert chosen() == registry.NATIVE.name
    put(tools / "bin", rare)
    assert chosen() == rare


def test_tools_of_the_path(tmp_path: Path) -> None:
    rare = [name for name, one in registry.INSTALLERS.items() if not one.everywhere]
    paths = {name: put(tmp_path, name) for name in rare}
    found = registry.tools_on_path({"PATH": f"/nowhere{os.pathsep}{tmp_path}"})
    assert found == Tools("", {name: (path,) for name, path in paths.items()})
    assert registry.tools_on_path({"PATH": "/nowhere"}) == Tools()


def test_an_installer_that_is_asked_for_and_not_there_is_refused() -> None:
    rare = next(name for name, one in registry.INSTALLERS.items() if not one.everywhere)
    with pytest.raises(ModelEnvError, match=f"no {rare}") as caught:
        registry.make_installer(rare, Tools(), CommandRunner(), {})
    assert caught.value.kind == "interpreter"
    assert registry.make_installer(registry.NATIVE.name, Tools(), CommandRunner(), {}).name == registry.NATIVE.name
