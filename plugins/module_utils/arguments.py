# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that several modules take, as parts of an ``argument_spec``.

Each is documented in ``plugins/doc_fragments``; ``ansible-test sanity`` compares the two.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils.checks import verdicts

Arguments = dict[str, dict[str, Any]]

TRUSTED_OWNERS: Arguments = {"trusted_owners": {"type": "list", "elements": "str", "default": []}}
ROOT: Arguments = {"root": {"type": "path", "required": True}, **TRUSTED_OWNERS}
# The action plugins replace the specs by the normal forms of the selected ones.
SPECS: Arguments = {
    "specs": {"type": "dict", "required": True},
    "selected": {"type": "list", "elements": "str"},
}
INDEXES: Arguments = {
    "index_url": {"type": "str", "default": ""},
    "index_urls": {"type": "dict", "default": {}},
}
# Read by the action plugins, which put what the locks hold into the specs.
LOCKS: Arguments = {
    "lock": {"type": "str", "choices": ["auto", "frozen", "off"], "default": "auto"},
    "lock_folder": {"type": "path"},
}
INTERPRETERS: Arguments = {"interpreters": {"type": "dict", "default": {}}}
MINIMUM_FREE: Arguments = {"minimum_free": {"type": "int", "default": 0}}
KEEPING: Arguments = {
    "keep": {"type": "int", "default": 1},
    "keep_releases": {"type": "list", "elements": "str", "default": []},
    "lock_wait": {"type": "float", "default": 5},
}
_POLICY = {"type": "str", "choices": list(verdicts.POLICIES), "default": verdicts.AUTO}
GPU: Arguments = {"gpu": _POLICY}
API_KEYS: Arguments = {
    # A word and a path, no keys.
    "api_keys": {**_POLICY, "no_log": False},
    "api_keys_file": {"type": "path", "no_log": False},
}
CHECK_TIMEOUT: Arguments = {"check_timeout": {"type": "float", "default": 300}}
WHEELHOUSES: Arguments = {
    "wheelhouse": {"type": "str", "default": ""},
    "archs": {"type": "list", "elements": "str", "default": []},
}
WHEEL_CACHE: Arguments = {
    "wheel_cache": {"type": "str", "default": ""},
    "offered": {"type": "list", "elements": "dict", "default": []},
}
BACKGROUND: Arguments = {
    "progress_interval": {"type": "float", "default": 5},
    "status_file": {"type": "path"},
    "secrets_pipe": {"type": "path", "no_log": False},
    "only_look": {"type": "bool", "default": False},
}
