# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the specs of all hosts of the play resolved in one place, and writes the locks on the controller."""

from __future__ import annotations

import time
from typing import Any, Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import PLATFORM, Lock, differences
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import resolved_digest
from ansible_collections.portable.model_env.plugins.plugin_utils import files, screen
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
        self._platform = str(arguments.get("platform") or PLATFORM)
        self._specs = wanted_of(self.hosts, self.variables["hostvars"], arguments.get("names"))
        self._before = {name: self._known(name) for name in self._specs}
        upgrade = arguments.get("upgrade") or []
        self._asked = {name: spec for name, spec in self._specs.items() if upgrade or not self._fits(name)}
        return {
            **{key: value for key, value in arguments.items() if key not in _OWN},
            "specs": {name: spec.to_dict() for name, spec in self._asked.items()},
            "previous": {name: self._folder.text(name) for name in self._asked if self._before[name]},
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
            rows[name] = {"state": "kept", "path": self._folder.path_of(name), "changes": [], "notes": []}
            if name in self._asked and name in resolved:
                try:
                    lock, text = self._lock(name, resolved[name]["pylock"], str(result["resolver"]))
                except ModelEnvError as error:
                    failures[name] = error.message
                else:
                    rows[name].update(self._kept(name, lock, text), notes=list(resolved[name]["notes"]))
                    diffs += [self._diff(name, lock)] if rows[name]["state"] != "same" else []
            if name in failures:
                rows[name]["state"] = "failed"
        screen.show("\n" + "\n".join(line for name, row in rows.items() for line in _told(name, row)) + "\n")
        for name in rows:
            for note in rows[name]["notes"]:
                screen.warn(note)
        answer: dict[str, Any] = {
            "locks": rows,
            "changed": any(row["state"] in ("new", "changed") for row in rows.values()),
            "diff": diffs,
        }
        if failures:
            answer["failed"] = True
            answer["msg"] = "\n".join(failures[name] for name in sorted(failures))
        return answer

    def _known(self, name: str) -> Lock | None:
        """The lock before; one that cannot be read is made anew."""
        try:
            return self._folder.read(name)
        except ModelEnvError:
            return None

    def _fits(self, name: str) -> bool:
        before = self._before[name]
        return before is not None and before.spec == resolved_digest(self._specs[name])

    def _lock(self, name: str, answer: str, resolver: str) -> tuple[Lock, str]:
        """What the resolver said, as a lock and as the text of its file."""
        spec = self._specs[name]
        facts = pylock.facts_of(
            spec=resolved_digest(spec),
            python=spec.python,
            platform=self._platform,
            resolver=resolver,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        text = pylock.with_facts(answer, facts)
        return pylock.parse(text, f"the lock of {name} from {self.host}").held_to(spec.hashes), text

    def _kept(self, name: str, lock: Lock, text: str) -> dict[str, Any]:
        """Write the lock if it is another than the one before."""
        before = self._before[name]
        if before is not None and self._fits(name) and before.held_to(self._specs[name].hashes).digest == lock.digest:
            return {"state": "same"}
        if not self._task.check_mode:
            files.write(self._folder.path_of(name), text, f"the lock of {name}")
        changes = differences(before.contents if before else {}, lock.contents)
        return {"state": "changed" if before else "new", "changes": changes}

    def _diff(self, name: str, lock: Lock) -> dict[str, str]:
        path, before = self._folder.path_of(name), self._before[name]
        return {
            "before_header": path,
            "after_header": path,
            "before": _listing(before.contents if before else {}),
            "after": _listing(lock.contents),
        }


def _told(name: str, row: Mapping[str, Any]) -> list[str]:
    """What became of one lock, for people; what a new one holds is for ``--diff``."""
    state, changes = row["state"], row["changes"]
    if state == "new":
        return [f"{name}: new, {len(changes)} distribution{'' if len(changes) == 1 else 's'}"]
    return [f"{name}: {state}", *(f"  {change}" for change in changes)]


def _listing(contents: Mapping[str, str]) -> str:
    return "".join(f"{name} {words}\n" for name, words in sorted(contents.items()))
