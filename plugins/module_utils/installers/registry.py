# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installers. All other code asks here for one, and knows none by name.

To add one, see docs/contributing.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.installers.base import BaseInstaller
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Installer, Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.pip import PipInstaller
from ansible_collections.portable.model_env.plugins.module_utils.installers.session import Context
from ansible_collections.portable.model_env.plugins.module_utils.installers.uv import UvInstaller
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings

# In order of preference for ``auto``.
INSTALLERS: Mapping[str, type[BaseInstaller]] = {one.name: one for one in (UvInstaller, PipInstaller)}
NAMES = tuple(sorted(INSTALLERS))
AUTO = "auto"
# Comes with Python, so it can make the tools; it also downloads and compiles single source distributions.
NATIVE = PipInstaller
# Makes the locks that every installer installs from.
RESOLVER = UvInstaller


def tools_in(folder: str) -> Tools:
    """The installers in a tools environment."""
    found = {name: installer.find(folder) for name, installer in INSTALLERS.items()}
    return Tools(f"{folder}/bin/python", {name: command for name, command in found.items() if command})


def tools_on_path(environ: Mapping[str, str]) -> Tools:
    """The installers on the PATH, for nodes without tools."""
    found = {name: installer.on_path(environ) for name, installer in INSTALLERS.items()}
    return Tools("", {name: command for name, command in found.items() if command})


def prune_stores(folder: str) -> int:
    """Remove from the installers' caches what no environment links to; returns the bytes freed.

    Only while nobody installs.

    :param folder: what :func:`make_installer` is given as ``store``.
    """
    return sum(installer.prune_store(folder) for installer in INSTALLERS.values())


def make_installer(
    name: str,
    tools: Tools,
    runner: Runner,
    environ: Mapping[str, str],
    *,
    store: str = "",
    settings: SourceSettings | None = None,
) -> Installer:
    """An installer by its name.

    :param name: one of ``NAMES``, or ``auto`` for the first that the tools have.
    :param environ: the node's environment; what would change the result is kept from the installer.
    :param store: folder of a cache, for an installer that has one; "": no cache.
    :param settings: where packages come from; None: as pip's configuration of the node says.
    :raises ModelEnvError: kind ``interpreter``; the tools lack it.
    """
    if name == AUTO:
        name = next(name for name, installer in INSTALLERS.items() if installer.is_there(tools))
    return INSTALLERS[name](Context(runner, tools, environ, settings), store)
