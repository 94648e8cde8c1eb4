# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules are told about the environments of a node."""

from __future__ import annotations


class ModuleDocFragment:
    """One variant for each group of options in module_utils/arguments.py."""

    # The arguments ROOT.
    DOCUMENTATION = r"""
options:
  root:
    description: Absolute path of the folder that holds all environments of the node.
    type: path
    required: true
"""

    # The argument TRUSTED_OWNERS.
    TRUSTED_OWNERS = r"""
options:
  trusted_owners:
    description:
      - Names (or numbers) of users and groups whose folders and files are believed, and who may write them, beside root
        and the user that the module runs as. A group stands for its members.
      - Folders and files of anybody else are refused where this module would believe them, start them or write through
        them.
    type: list
    elements: str
    default: []
"""

    # The arguments SPECS.
    SPECS = r"""
options:
  specs:
    description: The specs by name, as in C(model_env_specs). See the page C(docs/specs.md) of the collection.
    type: dict
    required: true
  selected:
    description: Names of the specs that this node gets; every spec if omitted.
    type: list
    elements: str
"""

    # The arguments INDEXES.
    INDEXES = r"""
options:
  index_url:
    description: Template of the package indexes of torch builds; C({build}) stands for C(cu118), C(cpu) and so on.
    type: str
    default: ""
  index_urls:
    description: Indexes of single torch builds, which win over O(index_url).
    type: dict
    default: {}
"""

    # The arguments LOCKS.
    LOCKS = r"""
options:
  lock:
    description:
      - What to do with the locks of the specs (C(pylock.toml), PEP 751). See the page C(docs/locks.md).
      - V(auto) takes the lock of a spec that has one. V(frozen) fails where a spec has none. V(off) takes none.
    type: str
    choices: [auto, frozen, 'off']
    default: auto
  lock_folder:
    description:
      - Folder on the controller with the lock of each spec in C(NAME/pylock.toml).
      - The folder C(models) beside the inventory if omitted.
    type: path
"""

    # The argument INTERPRETERS.
    INTERPRETERS = r"""
options:
  interpreters:
    description: Paths of Python interpreters by version (V(3.11) or V(3.11.7)), tried before those found on the node.
    type: dict
    default: {}
"""

    # The argument MINIMUM_FREE.
    MINIMUM_FREE = r"""
options:
  minimum_free:
    description: Bytes that must be free on the filesystem of O(root) before anything is built.
    type: int
    default: 0
"""

    # The arguments KEEPING.
    KEEPING = r"""
options:
  keep:
    description: How many old releases stay for a rollback, those that were active last.
    type: int
    default: 1
  keep_releases:
    description: Folder names of releases that stay in any case.
    type: list
    elements: str
    default: []
  lock_wait:
    description: Seconds to wait for another run on the same O(root) before giving up.
    type: float
    default: 5
"""
