# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the installer."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.installers.base import Context
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Installer, Tools
from ansible_collections.portable.model_env.plugins.module_utils.installers.pip import PipInstaller
from ansible_collections.portable.model_env.plugins.module_utils.installers.uv import UvInstaller
from ansible_collections.portable.model_env.plugins.module_utils.network.pip_config import SourceSettings


def make_installer(
    name: str,
    tools: Tools,
    runner: Runner,
    environ: Mapping[str, str],
    *,
    store: str = "",
    settings: SourceSettings | None = None,
) -> Installer:
    """The installer called ``name``.

    :param name: ``pip`` or ``uv``.
    :param environ: the node's environment; what would change the result is kept from the installer.
    :param store: folder of uv's cache; "": no cache. pip never has one.
    :param settings: where packages come from; None: as pip's configuration of the node says.
    :raises ModelEnvError: kind ``interpreter``; uv is wanted, and the tools have none.
    """
    context = Context(runner, tools, environ, settings)
    return UvInstaller(context, store) if name == "uv" else PipInstaller(context)
