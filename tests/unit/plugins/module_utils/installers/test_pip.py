# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is pip's own; what all installers do is in test_changes.py and test_failures.py."""

from __future__ import annotations

import pytest

from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.pip import PipInstaller

TOOLS = Tools("/t/bin/python", {"pip": ("/t/bin/python", "-I", "-m", "pip")})


def test_the_pip_of_the_tools_works_on_the_environment_and_else_its_own() -> None:
    assert PipInstaller.find("/t") == TOOLS.command("pip")
    assert PipInstaller.command(TOOLS, "/e/bin/python") == [*TOOLS.command("pip"), "--python", "/e/bin/python"]
    assert PipInstaller.command(Tools(), "/e/bin/python") == ["/e/bin/python", "-I", "-m", "pip"]


def test_a_wheel_is_compiled_in_place_and_without_the_network() -> None:
    argv = PipInstaller.compile_command(TOOLS, "/e/bin/python", "/source", "/dist")
    assert argv[-3:] == ["-w", "/dist", "/source"]
    assert {"--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--use-pep517"} < set(argv)


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/h"}, "/h/.cache/pip"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "/c/pip"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c", "PIP_CACHE_DIR": "/p"}, "/p"),
    ],
)
def test_where_its_cache_would_be(environ: dict[str, str], folder: str) -> None:
    assert PipInstaller.cache_folder(environ) == folder
