# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that has huggingface_hub: a tool environment of the node, pinned and hash-checked; never a model's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.interpreters import Interpreters
from ansible_collections.portable.model_env.plugins.module_utils.host.owners import Owners
from ansible_collections.portable.model_env.plugins.module_utils.host.root import Root
from ansible_collections.portable.model_env.plugins.module_utils.installers.toolbox import Toolbox

_HOLD_WAIT = 900.0


def hub_python(
    runner: Runner,
    root: str,
    lock: str,
    interpreters: Mapping[str, str],
    environ: Mapping[str, str],
    check_mode: bool,
    owners: Owners | None = None,
) -> str:
    """Path of the Python, made below ``<root>/tools`` if it is not there; in check mode in a folder that goes again.

    :param lock: requirement lines with hashes.
    :param owners: whose folders are believed.
    :raises ModelEnvError: it cannot be made.
    """
    tree = Root(root, owners)
    toolbox = Toolbox(runner, tree.tools, lock, Interpreters(runner, interpreters), environ)
    found = toolbox.find()
    if found is not None:
        return found.python
    try:
        if check_mode:
            temporary = tempfile.mkdtemp(prefix="model_env-hub-")
            atexit.register(shutil.rmtree, temporary, ignore_errors=True)
            return toolbox.temporary(temporary).python
        with filesystem.explained("the tool environment cannot be made", root):
            for folder in (tree.temporary, tree.tools):
                os.makedirs(folder, exist_ok=True)
        hold = tree.hold("making the tools for weights")
        with hold.acquire(_HOLD_WAIT), filesystem.run_folder(tree.temporary) as tmp:
            return toolbox.ensure(tmp).python
    except ModelEnvError as error:
        if error.kind in ("network", "interpreter"):
            raise error.with_(what=f"huggingface_hub cannot be installed for the node: {error.what}") from error
        raise
