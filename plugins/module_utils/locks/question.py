# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resolver is asked for one spec: everything that its environment will hold, in one go. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Mapping, Sequence

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import (
    Requirement,
    requirement_name,
)
from ansible_collections.portable.model_env.plugins.module_utils.specs.keys import identity
from ansible_collections.portable.model_env.plugins.module_utils.specs.model import Extension, GitPackage, Spec
from ansible_collections.portable.model_env.plugins.module_utils.wheels.known import known_extension


@dataclass(frozen=True)
class Question:
    """Lines for the resolver.

    :ivar wanted: what the spec names.
    :ivar seeds: what every environment gets, unless the spec names it or something needs another version.
    :ivar metadata: requirements by name, of what cannot say its own without torch.
    """

    wanted: tuple[Requirement, ...]
    seeds: tuple[str, ...]
    metadata: Mapping[str, tuple[str, ...]]

    def lines(self, strict_seeds: bool = True) -> list[Requirement]:
        """All lines.

        :param strict_seeds: False: seeds may have any version.
        """
        seeds = self.seeds if strict_seeds else tuple(_unpinned(seed) for seed in self.seeds)
        return [*self.wanted, *(Requirement(seed) for seed in seeds)]


def question(spec: Spec, seeds: Sequence[str], build_tools: Sequence[str], commits: Mapping[str, str]) -> Question:
    """The question for one spec.

    :param seeds: pinned requirements that every environment gets.
    :param build_tools: pinned requirements that are there before anything that is built without isolation.
    :param commits: of git packages, by name.
    """
    unisolated = [git for git in spec.git_packages if not git.build_isolation]
    texts = [*(spec.torch.requirements if spec.torch else ()), *spec.packages, *spec.build_packages]
    wanted = [Requirement(text, tuple(spec.hashes.get(requirement_name(text), ()))) for text in texts]
    wanted += [git_requirement(git, commits[git.name]) for git in spec.git_packages]
    wanted += [extension_requirement(extension) for extension in spec.torch_extensions]
    named = {requirement_name(one.text) for one in wanted}
    given = [*seeds, *(build_tools if spec.build_packages or unisolated else ())]
    return Question(
        wanted=tuple(wanted),
        seeds=tuple(dict.fromkeys(text for text in given if requirement_name(text) not in named)),
        metadata={
            canonicalize_name(extension.name): known_extension(extension.name).requires
            for extension in spec.torch_extensions
        },
    )


def resolved_digest(spec: Spec) -> str:
    """The sha256 (64 hex digits) of what a spec asks the resolver for: a lock fits while it stays the same.

    Where packages come from is no part of it: a mirror that moves needs no other lock.
    """
    asked = {name: value for name, value in identity(spec).items() if name in _RESOLVED}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


_RESOLVED = (
    "python",
    "torch",
    "packages",
    "build_packages",
    "torch_extensions",
    "git_packages",
    "constraints",
    "hashes",
)


def configuration(metadata: Mapping[str, Sequence[str]]) -> str:
    """A configuration file of uv with the requirements of what cannot say its own (``dependency-metadata``)."""
    # A JSON text is a TOML basic string, and a JSON list of texts is a TOML array.
    tables = [
        f"[[dependency-metadata]]\nname = {json.dumps(name)}\nrequires-dist = {json.dumps(list(requires))}\n"
        for name, requires in sorted(metadata.items())
    ]
    return "\n".join(tables)


def git_requirement(git: GitPackage, commit: str, source_tree: str = "") -> Requirement:
    """The requirement of a git package.

    :param commit: 40 hex digits.
    :param source_tree: absolute path of its checkout if it is editable.
    """
    extras = f"[{','.join(git.extras)}]" if git.extras else ""
    if source_tree:
        return Requirement(source_tree + (f"/{git.subdirectory}" if git.subdirectory else "") + extras, (), True)
    fragment = f"#subdirectory={git.subdirectory}" if git.subdirectory else ""
    return Requirement(f"{git.name}{extras} @ git+{git.url}@{commit}{fragment}")


def extension_requirement(extension: Extension) -> Requirement:
    """The requirement of a torch extension."""
    if extension.version:
        return Requirement(f"{extension.name}=={extension.version}")
    return Requirement(f"{extension.name} @ git+{extension.url}@{extension.commit or extension.tag}")


def _unpinned(text: str) -> str:
    """A seed without its version, with its marker."""
    _requirement, semicolon, marker = text.partition(";")
    return requirement_name(text) + (f" ;{marker}" if semicolon else "")
