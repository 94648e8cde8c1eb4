# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the unit tests: a runner that answers from a script and fails on anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Sequence

import pytest

from ansible_collections.portable.model_env.plugins.module_utils import masking
from ansible_collections.portable.model_env.plugins.module_utils.host.command import CommandResult


@dataclass
class ScriptedRunner:
    """Answers commands in order; ``script`` holds (predicate or argv prefix, rc, stdout, stderr)."""

    script: list[tuple[Callable[[Sequence[str]], bool] | Sequence[str], int, str, str]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def expect(
        self, command: Callable[[Sequence[str]], bool] | Sequence[str], rc: int = 0, stdout: str = "", stderr: str = ""
    ) -> ScriptedRunner:
        """Add one expected command; a sequence must be a prefix of the argv that comes."""
        self.script.append((command, rc, stdout, stderr))
        return self

    def run(self, argv: Sequence[str], **kwargs: Any) -> CommandResult:
        """Answer the next expected command, or fail the test."""
        self.calls.append({"argv": list(argv), **kwargs})
        if not self.script:
            pytest.fail(f"unexpected command: {list(argv)}")
        command, rc, stdout, stderr = self.script.pop(0)
        matches = command(argv) if callable(command) else list(argv[: len(command)]) == list(command)
        if not matches:
            pytest.fail(f"expected {command}, got {list(argv)}")
        return CommandResult(tuple(argv), rc, stdout, stderr, 0.0)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process remembers the secrets that it has seen; a test begins like a process."""
    monkeypatch.setattr(masking, "_known", masking._Known())


@pytest.fixture
def scripted_runner() -> ScriptedRunner:
    """A runner with an empty script: any command fails the test until it is expected."""
    return ScriptedRunner()
