# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request to the module pip, validated and normalised."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.portable.model_env.plugins.module_utils._vendor.packaging.utils import canonicalize_name
from ansible_collections.portable.model_env.plugins.module_utils.errors import ModelEnvError
from ansible_collections.portable.model_env.plugins.module_utils.masking import secrets_in
from ansible_collections.portable.model_env.plugins.module_utils.names import Commit
from ansible_collections.portable.model_env.plugins.module_utils.requirements import pins
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import parse_requirement
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement


@dataclass(frozen=True)
class GitSource:
    """One entry of the option ``git``.

    :ivar name: canonical.
    :ivar reference: commit, or ``refs/tags/<tag>``, which no branch can stand in for.
    """

    name: str
    url: str
    commit: str = ""
    tag: str = ""
    subdirectory: str = ""
    editable: bool = False
    extras: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What git is asked for."""
        return self.commit or f"refs/tags/{self.tag}"

    @property
    def suffix(self) -> str:
        """The extras, in brackets."""
        return f"[{','.join(self.extras)}]" if self.extras else ""

    def requirement(self) -> Requirement:
        """The requirement of one that is not editable."""
        fragment = f"#subdirectory={self.subdirectory}" if self.subdirectory else ""
        return Requirement(f"{self.name}{self.suffix} @ git+{self.url}@{self.reference}{fragment}", name=self.name)


@dataclass(frozen=True)
class PipRequest:
    """The wanted requirements.

    :ivar requirements: all but git packages.
    :ivar git: git packages.
    """

    requirements: tuple[Requirement, ...] = ()
    git: tuple[GitSource, ...] = ()
    names: tuple[str, ...] = field(default=())


def absent(
    names: Sequence[str], git: Sequence[Mapping[str, Any]], listed: Sequence[Requirement], where: str
) -> PipRequest:
    """What is to be removed: names, whatever version they carry.

    :raises ModelEnvError: kind ``invalid``; something has no name.
    """
    found = []
    for text in [*names, *(requirement.text for requirement in listed)]:
        parsed = parse_requirement(text)
        if parsed is None:
            raise _invalid(f"{text!r} does not name a distribution", "give the name of what is to be removed", where)
        found.append(parsed.key)
    found += [canonicalize_name(str(entry["name"])) for entry in git]
    return PipRequest(names=tuple(dict.fromkeys(found)))


def wanted(
    names: Sequence[str],
    git: Sequence[Mapping[str, Any]],
    listed: Sequence[Requirement],
    *,
    policy: str,
    editable: bool = False,
    hashes: Mapping[str, Sequence[str]] | None = None,
    require_hashes: bool = False,
    where: str = "",
) -> PipRequest:
    """What is to be installed.

    :param names: the option ``name``.
    :param listed: the content of a requirements file.
    :param policy: of :mod:`pins`.
    :param editable: ``names`` are absolute paths of source trees.
    :param hashes: hashes by name of a distribution that is listed.
    :param where: the environment, for messages.
    :raises ModelEnvError: kind ``invalid``.
    """
    by_name: dict[str, tuple[str, ...]] = {
        canonicalize_name(name): tuple(_strings(values)) for name, values in (hashes or {}).items()
    }
    plain = list(listed)
    if editable:
        trees = [Requirement(_tree(name, where), editable=True) for name in names]
    else:
        trees = []
        plain += [Requirement(name.strip()) for name in names]
    pins.refuse([requirement.text for requirement in plain], policy, where)
    named = {parsed.key: parsed for parsed in (parse_requirement(requirement.text) for requirement in plain) if parsed}
    unknown = sorted(set(by_name) - set(named))
    if unknown:
        raise _invalid(f"hashes are given for {', '.join(unknown)}, not listed", "list and pin them, too", where)
    packages = tuple(_git(entry, where) for entry in git)
    twice = sorted({package.name for package in packages} & set(named))
    if twice:
        raise _invalid(f"{', '.join(twice)} is listed both by name and under git", "remove one of them", where)
    if require_hashes and (packages or trees):
        raise _invalid(
            "require_hashes does not go with git packages and source trees",
            "build wheels of them, or switch require_hashes off: a commit is a hash already",
            where,
        )
    result = []
    for requirement in plain:
        parsed = parse_requirement(requirement.text)
        more = by_name.get(parsed.key, ()) if parsed else ()
        result.append(Requirement(requirement.text, tuple(dict.fromkeys([*requirement.hashes, *more]))))
    return PipRequest(tuple(result + trees), packages)


def _git(entry: Mapping[str, Any], where: str) -> GitSource:
    name, url = str(entry["name"]), str(entry["url"])
    commit, tag = str(entry.get("commit") or ""), str(entry.get("tag") or "")
    if bool(commit) == bool(tag):
        raise _invalid(
            f"the git package {name} needs a commit or a tag (one of them)", "commit: <40 hex digits>", where
        )
    if commit and not Commit.fits(commit):
        raise _invalid(
            f"the commit {commit!r} of the git package {name} is not 40 hex digits",
            "write it in full, as `git rev-parse` prints it; a tag goes under tag:, and a branch is not a pin",
            where,
        )
    if secrets_in([url]):
        raise _invalid(
            f"the URL of the git package {name} holds a password or token",
            "leave it out: git passes it on in arguments that every user of the node can see; let git's credential "
            "helper or ~/.netrc on the node have it",
            where,
        )
    subdirectory = str(entry.get("subdirectory") or "").strip("/")
    if ".." in subdirectory.split("/"):
        raise _invalid(f"the subdirectory of the git package {name} leads out of it", "give a folder inside", where)
    return GitSource(
        canonicalize_name(name),
        url,
        commit,
        tag,
        subdirectory,
        bool(entry.get("editable")),
        tuple(_strings(entry.get("extras") or ())),
    )


def _tree(name: str, where: str) -> str:
    path = name.partition("[")[0]
    if not os.path.isabs(path):
        raise _invalid(f"{name!r} is not the absolute path of a source tree", "give a path from /, or use git", where)
    return name.rstrip("/")


def _strings(values: Sequence[Any] | str) -> list[str]:
    return [values] if isinstance(values, str) else [str(value) for value in values]


def _invalid(what: str, todo: str, where: str) -> ModelEnvError:
    return ModelEnvError(what, where=where, todo=todo, kind="invalid")
