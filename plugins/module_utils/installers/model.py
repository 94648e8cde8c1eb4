# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installer is asked and what it answers; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import RequirementLike


@dataclass(frozen=True)
class InstallOptions:
    """How an installer works; the same for all.

    Empty values mean: as the node's pip configuration says.

    :ivar index_url: base index instead of the configured one.
    :ivar extra_index_urls: further indexes, after the configured ones.
    :ivar find_links: further folders or pages with archives, after the configured ones.
    :ivar no_index: look at ``find_links`` only.
    :ivar constraints: requirement lines that limit versions without asking for anything.
    :ivar require_hashes: refuse whatever has no hash.
    :ivar dependencies: False: install what is asked for, and nothing that it requires.
    :ivar binaries_only: refuse whatever is no wheel.
    :ivar build_isolation: False: build with what the environment holds (torch for flash-attn).
    :ivar compile: write bytecode at once; off for all: by default uv does not, and pip does.
    :ivar exact: also remove what nothing requires (pip itself always stays).
    :ivar environment: variables for the installer and the builds it starts; they win over the node's.
    :ivar secrets: values to mask wherever they would be shown, beside those that are recognized.
    :ivar timeout: seconds for one network operation; 0: as configured.
    :ivar retries: how often a call is repeated after a network fault.
    :ivar retry_delay: seconds before the first repetition; doubled for each further one.
    :ivar total_timeout: seconds for the call with all its repetitions; None: no limit.
    """

    index_url: str = ""
    extra_index_urls: Sequence[str] = ()
    find_links: Sequence[str] = ()
    no_index: bool = False
    constraints: Sequence[str] = ()
    require_hashes: bool = False
    dependencies: bool = True
    binaries_only: bool = False
    build_isolation: bool = True
    compile: bool = False
    exact: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    timeout: int = 0
    retries: int = 3
    retry_delay: float = 2.0
    total_timeout: float | None = None


@dataclass(frozen=True, order=True)
class Change:
    """One distribution that was, or would be, installed, replaced or removed.

    ``before`` and ``after`` say which one exactly, in the words of a requirement: a version for one from an index,
    else ``git+<url>@<commit>``, the URL of an archive, or ``-e <path>``. None: not installed. A check run and the
    real run after it give equal changes, with either installer.

    :ivar name: canonical name.
    :ivar origin: of what is there afterwards (of what was there, if removed): ``index``, ``vcs``, ``url``, ``dir`` or
        ``editable``.
    """

    name: str
    before: str | None
    after: str | None
    origin: str = "index"

    def as_dict(self) -> dict[str, Any]:
        """For a module's return value."""
        return {"name": self.name, "before": self.before, "after": self.after, "origin": self.origin}


@dataclass(frozen=True)
class InstallResult:
    """What one call of an installer did.

    :ivar changes: what is different in the environment, sorted by name; [] if nothing is.
    :ivar attempts: how often the installer was started until it succeeded (0: it was not needed).
    :ivar seconds: wall-clock time with all attempts and pauses.
    :ivar command: the command, fit to be shown: credentials are masked.
    :ivar log: path of the full output on the node.
    """

    changes: list[Change]
    attempts: int = 0
    seconds: float = 0.0
    command: str = ""
    log: str = ""


@dataclass(frozen=True)
class Tools:
    """The installers of a node.

    :ivar python: interpreter of the tools; "" if there are none.
    :ivar commands: name of an installer -> the command that starts it; those it lacks are left out.
    """

    python: str = ""
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def command(self, name: str) -> tuple[str, ...]:
        """The command that starts an installer; () if the tools lack it."""
        return self.commands.get(name, ())


class Installer(Protocol):
    """All installers answer these with the same results; every failure is a ModelEnvError with a kind.

    ``tmpdir`` is an existing folder on the filesystem of the environment, the TMPDIR of all that is started; the caller
    removes it. ``log`` is the path of a file that the full output is appended to.
    """

    name: str

    def create_venv(self, path: str, interpreter: str, *, tmpdir: str, log: str) -> None:
        """Make a virtual environment without pip and without the system's site packages at ``path``.

        :param path: absolute; must not exist, or be an empty folder.
        :param interpreter: absolute path of the Python underneath.
        """

    def install(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> InstallResult:
        """Install ``requirements`` with all they need in one transaction; costs no network if all is there.

        :param python: absolute path of the environment's interpreter.
        """

    def preview(
        self, python: str, requirements: Sequence[RequirementLike], options: InstallOptions, *, tmpdir: str, log: str
    ) -> list[Change]:
        """What :meth:`install` would change, by the installer's own dry run; the environment is not touched."""

    def remove(
        self, python: str, names: Sequence[str], options: InstallOptions, *, tmpdir: str, log: str
    ) -> InstallResult:
        """Uninstall distributions by name; those that are not there are no error."""
