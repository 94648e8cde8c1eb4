# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the specs of all hosts of the play resolved in one place, and writes the locks on the controller."""

from __future__ import annotations

import time
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import differences
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import resolved_digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.plugin_utils import files
from ansible_collections.portable.model_env.plugins.plugin_utils.actions import SpecAction
from ansible_collections.portable.model_env.plugins.plugin_utils.locks import pylock
from ansible_collections.portable.model_env.plugins.plugin_utils.locks.fleet import wanted_of

# Only the controller reads these.
_OWN = ("specs", "selected", "lock_folder", "names")


class ActionModule(SpecAction):
    """The module answers with the resolver's text; what is made of it is decided here."""

    MODULE = "portable.model_env.lock"

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._folder = self.lock_folder(arguments)
        if not self._folder.path:
            raise ModelEnvError(
                "there is no folder for locks",
                why="the inventory is no file, so nothing lies beside it",
                todo="name one: model_env_lock_folder",
                kind="invalid",
            )
        self._given = arguments
        self._specs = wanted_of(self.hosts, self.variables["hostvars"], arguments.get("names"))
        upgrade = arguments.get("upgrade") or []
        asked = {name: spec for name, spec in self._specs.items() if upgrade or not self._fits(name, spec)}
        self._asked = asked
        previous = {name: self._folder.text(name) for name in asked}
        told = {key: value for key, value in arguments.items() if key not in _OWN}
        return {
            **told,
            "specs": {name: spec.to_dict() for name, spec in asked.items()},
            "previous": {name: text for name, text in previous.items() if text},
        }

    def executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if not arguments["specs"]:
            return {"changed": False, "resolved": {}, "failures": {}, "resolver": ""}
        return super().executed(arguments)

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        if result.get("failed") or result.get("unreachable"):
            return {}
        # Only what was asked for is taken from the answer, and only text that can be read as a lock.
        resolved: Mapping[str, Any] = result.pop("resolved")
        failures = {name: text for name, text in result.pop("failures").items() if name in self._asked}
        rows, diffs = {}, []
        for name in self._specs:
            if name in resolved and name in self._asked:
                rows[name], diff = self._made(name, resolved[name], str(result["resolver"]))
                diffs += [diff] if rows[name]["state"] != "same" else []
            elif name in failures:
                rows[name] = {"state": "failed", "path": self._folder.path_of(name), "changes": [], "notes": []}
            else:
                rows[name] = {"state": "kept", "path": self._folder.path_of(name), "changes": [], "notes": []}
        answer: dict[str, Any] = {
            "locks": rows,
            "changed": any(row["state"] in ("new", "changed") for row in rows.values()),
            "diff": diffs,
        }
        if failures:
            answer["failed"] = True
            answer["msg"] = "\n".join(failures[name] for name in sorted(failures))
        return answer

    def _fits(self, name: str, spec: Spec) -> bool:
        try:
            return self._folder.fitting(name, spec) is not None
        except ModelEnvError:
            return False

    def _made(self, name: str, answer: Mapping[str, Any], resolver: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Read one lock, and write it if it is another than the one before."""
        path = self._folder.path_of(name)
        spec = self._specs[name]
        facts = pylock.facts_of(
            spec=resolved_digest(spec),
            python=spec.python,
            platform=str(self._given.get("platform") or ""),
            resolver=resolver,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        text = pylock.with_facts(answer["pylock"], facts)
        lock = pylock.parse(text, f"the lock of {name} from {self.host}")
        before = self._before(name)
        changes = differences(before, lock.contents)
        state = "new" if not before else "changed"
        if before and not changes and self._folder.text(name):
            state = "same" if self._fits(name, spec) and self._digest(name) == lock.digest else "changed"
        if state != "same" and not self._task.check_mode:
            files.write(path, text, f"the lock of {name}")
        diff = {
            "before_header": path,
            "after_header": path,
            "before": _listing(before),
            "after": _listing(lock.contents),
        }
        return {"state": state, "path": path, "changes": changes, "notes": list(answer["notes"])}, diff

    def _before(self, name: str) -> dict[str, str]:
        try:
            text = self._folder.text(name)
            return pylock.parse(text, self._folder.path_of(name)).contents if text else {}
        except ModelEnvError:
            return {}

    def _digest(self, name: str) -> str:
        return pylock.parse(self._folder.text(name), self._folder.path_of(name)).digest


def _listing(contents: Mapping[str, str]) -> str:
    return "".join(f"{name} {words}\n" for name, words in sorted(contents.items()))
