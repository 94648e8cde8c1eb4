# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The torch extensions of a release in the making: their wheels are files, chosen by the key that its torch says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import Change
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels import choice, torch_facts
from ansible_collections.portable.model_env.plugins.module_utils.wheels.key import WheelKey, mismatches
from ansible_collections.portable.model_env.plugins.module_utils.wheels.search import Wheels


@dataclass
class ExtensionWheels:
    """The extensions of one build.

    :param runner: starts commands.
    :param wheels: the node's wheels and where more may come from.
    :param given: what the search for their wheels gave before the build; empty: it is made here.
    :ivar notes: what the operator should know, a sentence each.
    :ivar facts: what the receipt records of each.
    """

    runner: Runner
    wheels: Wheels
    spec: Spec
    given: Sequence[Mapping[str, Any]] = ()
    notes: list[str] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)

    def foretold(self, take: bool) -> list[dict[str, Any]]:
        """The search by the predicted keys, before anything is installed.

        :raises ModelEnvError: kind ``wheel``; for certain there is no wheel, which is better known before torch comes.
        """
        found = [dict(one) for one in self.given] or self.wheels.search(self.wheels.predicted(self.spec), take)
        for one in found:
            missing = take and one["outcome"] != choice.READY
            error = choice.no_wheel(one["name"], one["slug"], one["looks"], one["trouble"]) if missing else None
            error = error or choice.hopeless(one)
            if error is not None:
                raise error
        return found

    def requirements(self, python: str) -> tuple[Requirement, ...]:
        """The wheels as requirements, once torch is installed.

        :param python: the release's interpreter, which is asked for its torch.
        :raises ModelEnvError: kind ``wheel``; what was prepared does not fit what the environment says.
        """
        if not self.spec.torch_extensions or self.spec.torch is None:
            return ()
        said = torch_facts.read(self.runner, python)
        predicted = {one["name"]: one["key"] for one in self.given}
        self.wheels.remember(self.spec.torch, said)
        result = []
        for one in self.wheels.search(self.wheels.of_spec(self.spec, said), take=True):
            differences = self._differences(predicted.get(one["name"]), one["key"])
            if differences:
                self.notes.append(f"{one['name']}: the environment says another key than was predicted: {differences}")
            if one["outcome"] != choice.READY:
                raise self._unfit(one, differences)
            result.append(Requirement(one["requirement"], name=one["name"]))
            self.facts.append({kept: one[kept] for kept in ("name", "key", "wheel", "sha256", "origin", "from")})
        return tuple(result)

    @staticmethod
    def _differences(predicted: Mapping[str, Any] | None, real: Mapping[str, Any]) -> str:
        if not predicted:
            return ""
        return "; ".join(mismatches(WheelKey.from_dict(predicted), WheelKey.from_dict(real)))

    @staticmethod
    def _unfit(one: Mapping[str, Any], differences: str) -> ModelEnvError:
        error = choice.no_wheel(one["name"], one["slug"], one["looks"], differences)
        again = "run again: what the environment said of its torch is remembered, and is predicted from now on"
        return error.with_(todo=again) if differences else error


def preview(found: Sequence[Mapping[str, Any]], house: str) -> list[Change]:
    """What would be installed, before the wheels are here.

    :param found: what :meth:`ExtensionWheels.foretold` gave.
    :param house: the node's wheelhouse.
    """
    result = []
    for one in found:
        path = one["path"] or os.path.join(house, one["slug"], one["wheel"])
        origin = {"url": f"file://{quote(path)}", "archive_info": {"hashes": {"sha256": one["sha256"]}}}
        words, kind = origins.identity("", origin)
        result.append(Change(one["name"], None, words, kind))
    return result
