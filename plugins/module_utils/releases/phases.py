# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in which a spec becomes an environment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.locks.model import Lock
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import (
    Requirement,
    requirement_name,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import GitPackage, Spec


@dataclass(frozen=True)
class Phase:
    """One transaction of the installer.

    :ivar name: ``packages``, ``sources``, ``git_packages``, ``builds``, or ``extensions`` for wheels that are files.
    :ivar requirements: what is asked for.
    :ivar isolated: whether sources are built in environments of their own (False: with the torch just installed).
    :ivar locked: whether it is all that there is to install, and nothing that it requires.
    :ivar hashed: whether every requirement has its hashes.
    :ivar binaries_only: whether all of them are wheels.
    """

    name: str
    requirements: tuple[Requirement, ...]
    isolated: bool = True
    locked: bool = False
    hashed: bool = False
    binaries_only: bool = False


def phases(
    spec: Spec, seeds: Sequence[str], build_tools: Sequence[str], git_sources: Mapping[str, Requirement]
) -> list[Phase]:
    """The transactions for one spec, in order; none is empty.

    Torch and the packages share the first one: a package that wants another torch is then refused by the resolver
    before the first large download. Whatever compiles against torch comes last, after the build tools.

    :param seeds: pinned requirements that every environment gets (pip).
    :param build_tools: pinned requirements that go before anything that builds without isolation.
    :param git_sources: requirement of each git package by its name, its tag already resolved to a commit.
    """
    unisolated = [git for git in spec.git_packages if not git.build_isolation]
    builds = bool(spec.build_packages or unisolated)
    torch = list(spec.torch.requirements) if spec.torch else []
    wanted = [*torch, *spec.packages]
    named = {requirement_name(text) for text in [*wanted, *spec.build_packages]}
    extra = [text for text in (*seeds, *(build_tools if builds else ())) if requirement_name(text) not in named]

    def with_hashes(texts: Sequence[str]) -> tuple[Requirement, ...]:
        return tuple(Requirement(text, tuple(spec.hashes.get(requirement_name(text), ()))) for text in texts)

    isolated_git = tuple(git_sources[git.name] for git in spec.git_packages if git.build_isolation)
    built_git = tuple(git_sources[git.name] for git in unisolated)
    result = [
        Phase("packages", with_hashes(extra + wanted)),
        Phase("git_packages", isolated_git),
        Phase("builds", with_hashes(spec.build_packages) + built_git, isolated=False),
    ]
    return [phase for phase in result if phase.requirements]


def locked_phases(spec: Spec, lock: Lock, git_sources: Mapping[str, Requirement]) -> list[Phase]:
    """The transactions that install a lock, in order; nothing is resolved in any of them.

    Wheels of torch extensions come after them, as they do without a lock.

    :param git_sources: requirement of each git package by its name, at the lock's commit.
    """
    extensions: set[str] = {canonicalize_name(extension.name) for extension in spec.torch_extensions}
    git: dict[str, GitPackage] = {canonicalize_name(one.name): one for one in spec.git_packages}
    compiled = [requirement_name(text) for text in spec.build_packages]
    compiled += [name for name, one in git.items() if not one.build_isolation]
    wheels, sources, repositories, builds = [], [], [], []
    for package in lock.packages:
        name = package.name
        if name in extensions:
            continue
        if name in git:
            requirement = git_sources[git[name].name]
        elif package.source is not None:
            requirement = Requirement(f"{name} @ {package.source.requirement}")
        else:
            hashes = tuple(f"sha256:{file.sha256}" for file in package.files)
            requirement = Requirement(f"{name}=={package.version}", hashes)
        if package.wheels:
            wheels.append(requirement)
        elif name in compiled:
            builds.append((compiled.index(name), requirement))
        elif requirement.hashes:
            sources.append(requirement)
        else:
            repositories.append(requirement)
    result = [
        Phase("packages", tuple(wheels), locked=True, hashed=True, binaries_only=True),
        Phase("sources", tuple(sources), locked=True, hashed=True),
        Phase("git_packages", tuple(repositories), locked=True),
        Phase("builds", tuple(one for _place, one in sorted(builds, key=lambda pair: pair[0])), False, locked=True),
    ]
    return [phase for phase in result if phase.requirements]


def outline(spec: Spec, seeds: Sequence[str], build_tools: Sequence[str], lock: Lock | None) -> list[str]:
    """What the transactions for one spec do, in words; known before any tag is resolved."""
    unresolved = {git.name: Requirement(git.name) for git in spec.git_packages}
    if lock is not None:
        return [_in_words(phase) for phase in locked_phases(spec, lock, unresolved)]
    return [_in_words(phase) for phase in phases(spec, seeds, build_tools, unresolved)]


def _in_words(phase: Phase) -> str:
    count = len(phase.requirements)
    if phase.name == "packages":
        more = "" if phase.locked else " and what they need"
        return f"installing {count} packages{more}" if count > 1 else "installing a package"
    names = ", ".join(requirement_name(requirement.text) for requirement in phase.requirements)
    return f"installing {names} from git" if phase.name == "git_packages" else f"building {names}"


def preferences(distributions: Mapping[str, Installed], wanted: Sequence[Requirement]) -> list[str]:
    """Constraints that keep what the previous release had, so that changing one pin changes one distribution.

    :param distributions: those of the previous release's receipt.
    :param wanted: requirements of the new one; what they name is theirs to decide.
    """
    named = {requirement_name(requirement.text) for requirement in wanted}
    return [
        f"{name}=={entry.version}"
        for name, entry in sorted(distributions.items())
        if entry.origin == "index" and name not in named
    ]
