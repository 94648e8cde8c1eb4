# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in which a spec becomes an environment. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.releases.receipts import Installed
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import GitPackage, Spec


@dataclass(frozen=True)
class Phase:
    """One transaction of the installer.

    :ivar name: ``packages``, ``git_packages``, ``builds``, or ``extensions`` for wheels that are files.
    :ivar requirements: what is asked for.
    :ivar isolated: whether sources are built in environments of their own (False: with the torch just installed).
    """

    name: str
    requirements: tuple[Requirement, ...]
    isolated: bool = True


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


def outline(spec: Spec, seeds: Sequence[str], build_tools: Sequence[str]) -> list[str]:
    """What the transactions for one spec do, in words; known before any tag is resolved."""
    unresolved = {git.name: Requirement(git.name) for git in spec.git_packages}
    return [_in_words(phase) for phase in phases(spec, seeds, build_tools, unresolved)]


def _in_words(phase: Phase) -> str:
    count = len(phase.requirements)
    if phase.name == "packages":
        return f"installing {count} packages and what they need" if count > 1 else "installing a package"
    names = ", ".join(requirement_name(requirement.text) for requirement in phase.requirements)
    return f"installing {names} from git" if phase.isolated else f"building {names}"


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


def git_requirement(git: GitPackage, commit: str, source_tree: str = "") -> Requirement:
    """The requirement of a git package.

    :param commit: 40 hex digits.
    :param source_tree: absolute path of its checkout if it is editable.
    """
    extras = f"[{','.join(git.extras)}]" if git.extras else ""
    if git.editable:
        return Requirement(source_tree + (f"/{git.subdirectory}" if git.subdirectory else "") + extras, (), True)
    fragment = f"#subdirectory={git.subdirectory}" if git.subdirectory else ""
    return Requirement(f"{git.name}{extras} @ git+{git.url}@{commit}{fragment}")


def requirement_name(text: str) -> str:
    """The canonical name (PEP 503) that a requirement line begins with; "" for a path."""
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text)
    return canonicalize_name(match.group(0)) if match else ""
