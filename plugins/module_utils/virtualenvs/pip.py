# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module pip does: one virtual environment, changed as asked or only looked at."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.host import filesystem
from ansible_collections.portable.model_env.plugins.module_utils.host.command import Runner
from ansible_collections.portable.model_env.plugins.module_utils.host.git import Git, head_commit
from ansible_collections.portable.model_env.plugins.module_utils.host.hold import Hold, peek_holder
from ansible_collections.portable.model_env.plugins.module_utils.installers import origins, registry
from ansible_collections.portable.model_env.plugins.module_utils.installers.base import identities
from ansible_collections.portable.model_env.plugins.module_utils.installers.environment import online, with_own
from ansible_collections.portable.model_env.plugins.module_utils.installers.lines import Lines
from ansible_collections.portable.model_env.plugins.module_utils.installers.model import (
    Change,
    Installer,
    InstallOptions,
    InstallResult,
    Tools,
)
from ansible_collections.portable.model_env.plugins.module_utils.masking import masked
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.request import GitSource, PipRequest
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.source_trees import (
    FOLDER,
    SourceTree,
    SourceTrees,
)
from ansible_collections.portable.model_env.plugins.module_utils.virtualenvs.virtualenv import Virtualenv

_LARGEST_LOG = 5_000_000  # bytes; then it starts anew, and the one before is kept beside it

_LOOK_AGAIN = 0.2  # seconds

State = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class PipSettings:
    """How the module works.

    :ivar state: ``present``, ``exact`` or ``absent``.
    :ivar python: wanted interpreter: a version, a name or a path; "": any that works.
    :ivar tools: folder of a tools environment; "": the environment's own pip.
    :ivar executables: name of an installer -> path of its program; else that of the tools or the PATH.
    :ivar store: folder of an installer's cache; "": none.
    :ivar log: path of the log.
    """

    virtualenv: str
    state: str = "present"
    installer: str = registry.NATIVE.name
    python: str = ""
    tools: str = ""
    executables: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    log: str = ""
    lock_wait: float = 5.0
    options: InstallOptions = field(default_factory=InstallOptions)


@dataclass
class PipResult:
    """What was done, or would be.

    :ivar created: whether the environment is new (also: built anew).
    :ivar reason: why it was built anew; "" if it was not.
    """

    changes: list[Change] = field(default_factory=list)
    created: bool = False
    reason: str = ""
    attempts: int = 0
    seconds: float = 0.0
    command: str = ""
    log: str = ""
    python: str = ""
    before: str = ""
    after: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        return self.created or bool(self.changes)


class PipRunner:
    """Does what the module pip is asked for.

    :param environ: the node's environment.
    """

    def __init__(
        self, runner: Runner, settings: PipSettings, environ: Mapping[str, str], check_mode: bool = False
    ) -> None:
        self._runner = runner
        self._settings = settings
        self._environ = environ
        self._check = check_mode
        self._venv = Virtualenv(settings.virtualenv, runner)
        self._log = "" if check_mode else settings.log
        self._commits: dict[str, str] = {}  # of editable packages before the run, by the words of their identity

    def run(self, request: PipRequest) -> PipResult:
        """Make the environment what ``request`` says; in check mode only find out what that would change.

        :raises ModelEnvError: whatever goes wrong; the environment is then as it was, or not there if it was not.
        """
        started = time.monotonic()
        if self._settings.state == "absent" and not self._venv.exists:
            return PipResult(python=self._venv.python)
        with self._held(), self._venv.temporary(self._check) as tmpdir:
            self._start_log()
            self._commits = self._editable_commits()
            outcome = (
                self._absent(request, tmpdir) if self._settings.state == "absent" else self._wanted(request, tmpdir)
            )
        outcome.seconds = round(time.monotonic() - started, 1)
        outcome.python = self._venv.python
        return outcome

    def _absent(self, request: PipRequest, tmpdir: str) -> PipResult:
        before = identities(self._venv.path)
        gone = [name for name in request.names if name in before]
        after = {name: words for name, words in before.items() if name not in gone}
        result = None
        if gone and not self._check:
            installer = self._installer()
            result = installer.remove(self._venv.python, gone, self._options(), tmpdir=tmpdir, log=self._log)
            after = identities(self._venv.path)
        return self._outcome(before, after, result)

    def _editable_commits(self) -> dict[str, str]:
        """The commits of the source trees that we keep, by the words of the packages' identities."""
        trees = os.path.join(self._venv.path, FOLDER)
        found = {}
        for words, _origin in identities(self._venv.path).values():
            path = words[len("-e ") :]
            if words.startswith(f"-e {trees}/"):
                found[words] = head_commit(os.path.join(trees, os.path.relpath(path, trees).partition(os.sep)[0]))
        return found

    def _wanted(self, request: PipRequest, tmpdir: str) -> PipResult:
        exists = self._venv.exists
        reason = self._venv.misfit(self._settings.python) if exists else ""
        installer = self._installer()
        if not exists or reason:
            work = self._preview_new if self._check else self._build_new
        else:
            work = self._preview_change if self._check else self._change
        outcome = work(installer, request, tmpdir)
        outcome.created, outcome.reason = bool(not exists or reason), reason
        return outcome

    def _build_new(self, installer: Installer, request: PipRequest, tmpdir: str) -> PipResult:
        before = identities(self._venv.path)
        interpreter = self._venv.interpreter(self._settings.python)
        with self._venv.replaced():
            installer.create_venv(self._venv.path, interpreter, tmpdir=tmpdir, log=self._log)
            outcome = self._change(installer, request, tmpdir)
        return self._outcome(before, identities(self._venv.path), outcome, self._editable_commits())

    def _change(self, installer: Installer, request: PipRequest, tmpdir: str) -> PipResult:
        before = identities(self._venv.path)
        trees = self._trees(request, tmpdir)
        wanted = self._requirements(request, trees, tmpdir)
        with self._placed(trees, tmpdir):
            result = installer.install(self._venv.python, wanted, self._options(), tmpdir=tmpdir, log=self._log)
        return self._outcome(before, identities(self._venv.path), result, self._editable_commits())

    def _preview_new(self, installer: Installer, request: PipRequest, tmpdir: str) -> PipResult:
        """Look at what would be installed with the help of an empty environment that is gone afterwards."""
        stand_in = os.path.join(tmpdir, "venv")
        interpreter = self._venv.interpreter(self._settings.python)
        installer.create_venv(stand_in, interpreter, tmpdir=tmpdir, log="")
        return self._preview(installer, request, tmpdir, stand_in)

    def _preview_change(self, installer: Installer, request: PipRequest, tmpdir: str) -> PipResult:
        return self._preview(installer, request, tmpdir, self._venv.path)

    def _preview(self, installer: Installer, request: PipRequest, tmpdir: str, prefix: str) -> PipResult:
        before = identities(self._venv.path)
        trees = self._trees(request, tmpdir)
        wanted = self._requirements(request, trees, tmpdir)
        python = os.path.join(prefix, "bin", "python")
        try:
            found = installer.preview(python, wanted, self._options(), tmpdir=tmpdir, log="")
        except ModelEnvError as error:
            raise error.with_(where=self._venv.path) from error  # not the stand-in
        after = dict(identities(prefix))
        for change in found:
            after.pop(change.name, None)
            if change.after is not None:
                after[change.name] = (change.after, change.origin)
        for name, (words, origin) in after.items():
            for tree in trees:
                if words == f"-e {tree.previewed_path}":
                    after[name] = (f"-e {tree.installed_path}", origin)
        return self._outcome(before, after, None, {f"-e {tree.installed_path}": tree.after for tree in trees})

    def _trees(self, request: PipRequest, tmpdir: str) -> list[SourceTree]:
        """The source trees of editable git packages; a missing commit is fetched into ``tmpdir``."""
        editable = [package for package in request.git if package.editable]
        if not editable:
            return []
        sources = self._sources(tmpdir)
        return [sources.prepare(package) for package in editable]

    def _sources(self, tmpdir: str) -> SourceTrees:
        return SourceTrees(self._git(tmpdir), self._runner, self._venv.path, tmpdir, self._log)

    def _git(self, tmpdir: str) -> Git:
        own = self._settings.options.environment
        return Git(self._runner, with_own(online({**self._environ, **own}, tmpdir), own))

    def _requirements(self, request: PipRequest, trees: Sequence[SourceTree], tmpdir: str) -> list[Requirement]:
        plain = [package for package in request.git if not package.editable]
        self._check_tags(plain, tmpdir)
        return [
            *request.requirements,
            *(package.requirement() for package in plain),
            *(tree.requirement(preview=self._check) for tree in trees),
        ]

    def _check_tags(self, packages: Sequence[GitSource], tmpdir: str) -> None:
        """Ask the servers whether tags are tags, for those packages that are not in place."""
        unmet = Lines([package.requirement() for package in packages], self._venv.path).unmet
        for package in packages:
            if package.tag and package.name in unmet:
                self._git(tmpdir).commit_of_tag(package.url, package.tag)

    @contextlib.contextmanager
    def _placed(self, trees: Sequence[SourceTree], tmpdir: str) -> Iterator[None]:
        """Within, the source trees are the wanted ones; if that fails, the old ones are back afterwards."""
        sources = self._sources(tmpdir)
        done: list[tuple[SourceTree, str]] = []
        try:
            for tree in trees:
                if tree.fresh:
                    done.append((tree, sources.place(tree)))
            yield
        except BaseException:
            for tree, aside in reversed(done):
                sources.put_back(tree, aside)
            raise

    def _options(self) -> InstallOptions:
        return replace(self._settings.options, exact=self._settings.state == "exact")

    def _installer(self) -> Installer:
        return registry.make_installer(
            self._settings.installer, self._tools(), self._runner, self._environ, store=self._settings.store
        )

    def _tools(self) -> Tools:
        folder = self._settings.tools
        if not folder:
            return self._with_named(registry.tools_on_path(self._environ))
        python = os.path.join(folder, "bin", "python")
        if not os.access(python, os.X_OK):
            raise ModelEnvError(
                f"{folder} is no tools environment",
                where=self._venv.path,
                why=f"there is no {python}",
                todo="name an environment that holds the installer, or leave the option out",
                kind="invalid",
            )
        return self._with_named(registry.tools_in(folder))

    def _with_named(self, tools: Tools) -> Tools:
        named = {name: (path,) for name, path in self._settings.executables.items() if path}
        return replace(tools, commands={**tools.commands, **named})

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Keep other runs out, and put right what a killed one left. A check run only waits for others to end."""
        path, wait = f"{self._venv.path}.lock", self._settings.lock_wait
        if self._check:
            self._wait_for_holder(path, time.monotonic() + wait)
            yield
            return
        folder = os.path.dirname(path)
        with filesystem.explained(f"{folder} cannot be used", self._venv.path):
            os.makedirs(folder, exist_ok=True)
            hold = Hold(path, f"portable.model_env.pip on {self._venv.path}").acquire(wait=wait)
        with hold:
            self._venv.recover()
            yield

    def _wait_for_holder(self, path: str, deadline: float) -> None:
        """A look at an environment that is just being changed would tell nothing, and uv would wait for minutes."""
        while True:
            holder = peek_holder(path)
            if holder is None:
                return
            if time.monotonic() >= deadline:
                raise ModelEnvError(
                    f"another run is changing it: {holder}",
                    where=self._venv.path,
                    why="its result cannot be predicted",
                    todo="wait for that run to end and run again, or let this one wait longer (lock_wait, in seconds)",
                    kind="locked",
                    details={"holder": holder.as_dict()},
                )
            time.sleep(_LOOK_AGAIN)

    def _start_log(self) -> None:
        if not self._log:
            return
        with filesystem.explained(f"the log {self._log} cannot be written", self._venv.path):
            with contextlib.suppress(FileNotFoundError):
                if os.path.getsize(self._log) > _LARGEST_LOG:
                    os.rename(self._log, f"{self._log}.1")
            os.close(os.open(self._log, os.O_WRONLY | os.O_CREAT, 0o600))

    def _outcome(
        self,
        before: State,
        after: State,
        result: InstallResult | PipResult | None,
        commits: Mapping[str, str] | None = None,
    ) -> PipResult:
        """The difference of two states; ``commits``: of editable packages afterwards."""
        old, new = _with_commits(before, self._commits), _with_commits(after, commits or {})
        return PipResult(
            origins.changes(old, new),
            attempts=result.attempts if result else 0,
            command=result.command if result else "",
            log=self._log,
            before=_listing(old),
            after=_listing(new),
        )


def _with_commits(state: State, commits: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """A state in which editable packages also say the commit of their source tree."""
    return {
        name: (f"{words}@{commits[words]}" if commits.get(words) else words, origin)
        for name, (words, origin) in state.items()
    }


def _listing(state: State) -> str:
    """The distributions as text, a line each, for ``--diff``."""
    lines = []
    for name in sorted(state):
        words, origin = state[name]
        joint = "==" if origin == "index" else (" " if origin == "editable" else " @ ")
        lines.append(f"{name}{joint}{masked(words)}\n")
    return "".join(lines)
