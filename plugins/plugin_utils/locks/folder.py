# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks of an inventory: ``<folder>/<model>/pylock.toml``."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Mapping

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock, as_locked
from ansible_collections.portable.model_env.plugins.module_utils.locks.question import resolved_digest
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Spec
from ansible_collections.portable.model_env.plugins.plugin_utils.locks import pylock

FILE_NAME = "pylock.toml"
AUTO, FROZEN, OFF = "auto", "frozen", "off"
POLICIES = (AUTO, FROZEN, OFF)
_MAKE = "make it: ansible-playbook lock.yml"


@dataclass(frozen=True)
class LockFolder:
    """Where the locks of an inventory lie.

    :ivar path: absolute; "": there is none, as the inventory is no file.
    """

    path: str

    def path_of(self, name: str) -> str:
        """Where the lock of a model is, or would be."""
        return os.path.join(self.path, name, FILE_NAME)

    def text(self, name: str) -> str:
        """The lock of a model as it is written; "": there is none.

        :raises ModelEnvError: it cannot be read.
        """
        if not self.path:
            return ""
        path = self.path_of(name)
        try:
            with open(path, encoding="utf-8") as handle:
                return handle.read()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise ModelEnvError("the lock cannot be read", where=path, why=str(error), todo=_MAKE) from error

    def read(self, name: str) -> Lock | None:
        """The lock of a model; None: there is none.

        :raises ModelEnvError: it cannot be read.
        """
        text = self.text(name)
        return pylock.parse(text, self.path_of(name)) if text else None

    def fitting(self, name: str, spec: Spec) -> Lock | None:
        """The lock of a model, with those files alone that its spec allows; None: there is none.

        :raises ModelEnvError: (invalid) it cannot be read, or was made from a spec that asked for something else.
        """
        lock = self.read(name)
        if lock is None:
            return None
        if lock.spec == resolved_digest(spec):
            return lock.held_to(spec.hashes)
        raise ModelEnvError(
            f"the lock of {name} does not fit its spec",
            where=self.path_of(name),
            why="; ".join(unmet(spec, lock)) or "the spec asked for something else when the lock was made",
            todo="make it again: ansible-playbook lock.yml",
            kind="invalid",
        )

    def attach(self, specs: Mapping[str, Spec], policy: str) -> tuple[dict[str, Spec], dict[str, Lock]]:
        """Specs that know their locks, and the locks.

        :param policy: one of ``POLICIES``.
        :raises ModelEnvError: (invalid) locks do not fit, or with ``frozen`` are missing; all at once.
        """
        if policy == OFF:
            return dict(specs), {}
        locks: dict[str, Lock] = {}
        faults: list[ModelEnvError] = []
        for name, spec in specs.items():
            try:
                lock = self.fitting(name, spec)
                if lock is not None:
                    locks[name] = lock
                elif policy == FROZEN:
                    faults.append(
                        ModelEnvError(
                            f"{name} has no lock",
                            where=self.path_of(name),
                            why="locks are demanded (frozen)",
                            todo=_MAKE,
                        )
                    )
            except ModelEnvError as error:
                faults.append(error)
        if faults:
            raise _together(faults)
        return {name: _with(spec, locks.get(name)) for name, spec in specs.items()}, locks


def unmet(spec: Spec, lock: Lock) -> list[str]:
    """Exact pins of a spec that its lock does not have, a line each."""
    contents = lock.contents
    lines = []
    if lock.python != spec.python:
        lines.append(f"the spec asks for Python {spec.python}, the lock is for {lock.python}")
    for text in (*(spec.torch.requirements if spec.torch else ()), *spec.packages, *spec.build_packages):
        name, pinned, version = text.partition(";")[0].partition("==")
        key = name.partition("[")[0].strip()
        if pinned and contents.get(key) != version.strip():
            lines.append(f"the spec asks for {text}, the lock has {contents.get(key) or 'none'}")
    return lines


def _with(spec: Spec, lock: Lock | None) -> Spec:
    return spec if lock is None else replace(spec, locked=as_locked(lock))


def _together(faults: list[ModelEnvError]) -> ModelEnvError:
    if len(faults) == 1:
        return faults[0]
    return ModelEnvError(
        f"{len(faults)} locks cannot be used",
        why="; ".join(f"{fault.where}: {fault.what}" + (f" ({fault.why})" if fault.why else "") for fault in faults),
        todo="make them again: ansible-playbook lock.yml",
        kind="invalid",
    )
