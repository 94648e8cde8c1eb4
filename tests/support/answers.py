# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules answer: an honest one of each, and everything that a node could say instead."""

from __future__ import annotations

import copy
from typing import Any, Iterator

from ansible_collections.portable.model_env.plugins.module_utils.strict import LONGEST_TEXT

VERDICT = {"check": "import:a", "verdict": "pass", "value": None, "reason": "", "seconds": 0.1}
CHANGE = {"name": "a", "before": None, "after": "1", "origin": "index"}
ERROR = {"kind": "io", "what": "it failed", "where": "x", "why": "y", "todo": "z", "log": "", "details": {}}
KEY = {
    "package": "flash-attn", "version": "2.8.3", "commit": "", "python_tag": "cp311", "torch": "2.11", "cuda": "130",
    "cxx11abi": True, "platform": "linux_x86_64", "libc": "glibc2.36", "archs": ["90"],
}  # fmt: skip
EXTENSION = {"name": "flash-attn", "version": "2.8.3"}
SPEC = {
    "python": "3.11",
    "torch": {"version": "2.11.0", "torchvision": "0.26.0", "cuda": "cu130"},
    "torch_extensions": [EXTENSION],
}
WHEEL = {
    "environment": "svd", "name": "flash-attn", "entry": {}, "key": KEY, "slug": "s", "wheel": "flash_attn-2.8.3.whl",
    "outcome": "build", "looks": [{"source": "build", "result": "hit", "reason": "", "wheel": "x"}], "trouble": "",
    "path": "", "sha256": "", "origin": "", "from": "", "requirement": "", "torch": [], "index_url": "",
    "extra_index_urls": [], "find_links": [], "blocked": False,
}  # fmt: skip
WORK: dict[str, Any] = {
    "name": "svd", "action": "build", "release": "svd-0123", "active": None, "reasons": ["new"], "spec": {},
    "digest": "d",
}  # fmt: skip
PYLOCK = f"""lock-version = "1.0"
[[packages]]
name = "left"
version = "1.0"
wheels = [{{ url = "https://h/left-1.0-py3-none-any.whl", hashes = {{ sha256 = "{"0" * 64}" }} }}]
"""
_HONEST: dict[str, dict[str, Any]] = {
    "plan": {
        "work": [WORK],
        "kept": {"ltx": {"release": "ltx-1", "trial": False, "distributions": 3, "verdicts": [VERDICT]}},
        "blocked": [{"name": "wan", "reasons": ["new"], "error": ERROR, "msg": "no space"}],
        "wheels": [WHEEL],
        "os_packages": {"family": "debian", "missing": ["gcc"], "privileged": True},
        "free_bytes": 5,
        "holder": None,
        "root": {"place": "1" * 64, "identity": "2" * 64},
    },
    "wheels": {"wheels": [WHEEL]},
    "wheel_build": {
        "slug": "s", "path": "/r/wheelhouse/s/flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl", "sha256": "0" * 64,
        "size": 1, "origin": "built", "key": KEY, "facts": {"host": "n1"},
    },
    "release": {
        "action": "build", "release": "svd-0123", "changes": [CHANGE], "reasons": ["new"], "verdicts": [VERDICT],
        "steps": [{"phase": "packages", "seconds": 1.0, "attempts": 1, "command": "uv"}], "removed": ["x"],
        "freed_bytes": 0, "seconds": 1.5, "log": "/r/logs/x.log", "check_mode": False,
    },
    "switch": {
        "switched": [
            {"name": "svd", "before": "a", "after": "b", "changes": [CHANGE], "verdicts": [VERDICT], "removed": ["x"],
             "freed_bytes": 0}
        ],
        "seconds": 1.0,
    },
    "audit": {
        "environments": [
            {"name": "svd", "state": "behind", "reasons": ["r"], "release": "svd-1", "digest": "d", "created": 1.0,
             "trial": False, "previous": "", "prepared": "", "distributions": {"a": "1"}}
        ],
        "litter": ["/r/tmp/x"],
        "free_bytes": 5,
        "holder": {"what": "building"},
    },
    "verify": {
        "environments": [
            {"name": "svd", "python": "/r/envs/svd/bin/python", "verdict": "pass", "summary": "1 pass", "failures": [],
             "warnings": [], "skips": [], "verdicts": [VERDICT], "seconds": 0.2}
        ],
        "failed_environments": [],
        "summary": "1 environment: 1 pass",
        "gpu": {"kind": "no_tool", "reason": "no nvidia-smi here", "driver": "", "cuda": "", "gpus": []},
    },
    "preflight": {"go": True, "verdicts": [VERDICT], "summary": "1 pass", "time": 1.0, "seconds": 0.1},
    "hf_snapshot": {"snapshots": [{"repo_id": "o/m"}]},
    "lock": {"resolved": {"svd": {"pylock": PYLOCK, "notes": ["n"]}}, "failures": {}, "resolver": "uv 0.13.9"},
}  # fmt: skip
MODULES = tuple(_HONEST)
LIES: tuple[Any, ...] = (
    "/../../../../ansible/inventory",
    "x" * (LONGEST_TEXT + 1),
    "{{ lookup('ansible.builtin.pipe', 'touch /tmp/model_env-lied') }}",
    -1,
    None,
    {"a": {"b": ["c"]}},
    [],
    "\x1b[2J\x07\nok: [n1]",
)


def answer(module: str, **more: Any) -> dict[str, Any]:
    """What an honest node answers."""
    return {"changed": False, **copy.deepcopy(_HONEST[module]), **more}


def lies(module: str) -> Iterator[dict[str, Any]]:
    """The honest answer, each part of it replaced by each lie, one at a time, and left out."""
    for place in list(_places(_HONEST[module], ())):
        for lie in LIES:
            yield _replaced(answer(module), place, lie)
        gone = answer(module)
        block = _at(gone, place[:-1])
        del block[place[-1]]
        yield gone
    for lie in LIES:
        yield answer(module, made_up=lie, failed=lie)
        yield answer(module, ansible_facts={"model_env_specs": lie}, add_host={"host_name": "n9"})
        yield {"failed": True, "msg": lie, "error": lie}


def _places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from _places(inner, (*place, key))


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


def _replaced(value: dict[str, Any], place: tuple[Any, ...], lie: Any) -> dict[str, Any]:
    _at(value, place[:-1])[place[-1]] = lie
    return value
