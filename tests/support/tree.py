# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A root with finished releases in it, made of planted environments instead of an installer's."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.releases import difference, receipts
from ansible_collections.portable.model_env.plugins.module_utils.releases.tree import ModelRoot
from ansible_collections.portable.model_env.plugins.module_utils.specs.digest import digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.tests.support import planted


def release(root: Path, spec: Spec, distributions: dict[str, str], **modules: str) -> planted.Environment:
    """Put a finished release of ``spec`` under ``root`` and make it the active one.

    :param distributions: version by name.
    :param modules: source by name of the modules in it.
    """
    tree = ModelRoot(str(root))
    tree.prepare()
    folder = difference.release_base(spec.name, digest(spec))
    environment = planted.Environment(Path(tree.release(folder))).plant(**modules)
    for name, version in distributions.items():
        environment.distribution(name, version)
    receipt = receipts.Receipt(
        name=spec.name, spec=spec.to_dict(), spec_digest=digest(spec), distributions=tree.distributions(folder, {})
    )
    tree.finish(folder, receipt)
    filesystem.switch_link(tree.link(spec.name), f"../releases/{folder}")
    return environment
