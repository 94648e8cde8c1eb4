# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirement lines for an installer, without what is already in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ansible_collections.portable.model_env.plugins.module_utils.installers import origins, site_packages
from ansible_collections.portable.model_env.plugins.module_utils.requirements import sources
from ansible_collections.portable.model_env.plugins.module_utils.requirements.parse import parse_requirement
from ansible_collections.portable.model_env.plugins.module_utils.requirements.requirement import Requirement


class Lines:
    """Requirement lines for an installer, without what is already in place.

    A direct reference that is installed as asked for is handed on as a plain version, so that neither its
    server nor its archive is asked again, while what it requires is still looked at.

    :ivar text: the lines, without hashes.
    :ivar unmet: canonical names of direct references that are not in place.
    :ivar again: canonical name -> line of those whose version may be right and whose origin is not: installed anyway.
    """

    def __init__(self, wanted: Sequence[Requirement], prefix: str) -> None:
        installed = site_packages.read(prefix)
        self.text: list[str] = []
        self.again: dict[str, str] = {}
        self.unmet: set[str] = set()
        self._hashes: list[tuple[str, ...]] = []
        for requirement in wanted:
            name, present = self._find(requirement, installed)
            line = _editable_line(requirement.text) if requirement.editable else requirement.text
            hashes = requirement.hashes
            if present is not None and requirement.editable and not requirement.again:
                extras = requirement.text[requirement.text.index("[") :] if requirement.text.endswith("]") else ""
                line = f"{name}{extras}=={present.version}"
            elif present is not None and requirement.editable:
                self.again[name] = line
            elif present is not None:
                parsed = parse_requirement(requirement.text)
                if parsed and not origins.satisfied(parsed, present.origin):
                    self.again[name] = line
                    self.unmet.update([name] if parsed.url else [])
                elif parsed and parsed.url:
                    line = parsed.pinned(present.version)
                    sha256 = sources.source(parsed.url).sha256
                    hashes = hashes or ((f"sha256:{sha256}",) if sha256 else ())
            elif " @ " in line or requirement.editable:
                self.unmet.add(name)
            self.text.append(line)
            self._hashes.append(hashes)

    def names(self, name: str) -> bool:
        """Whether a line asks for the distribution ``name`` itself."""
        return any(parsed.key == name for parsed in map(parse_requirement, self.text) if parsed)

    @property
    def some_hashed(self) -> bool:
        """Whether any line has hashes."""
        return any(self._hashes)

    def with_hashes(self, only: bool = False) -> list[str]:
        """The lines with their hashes; ``only``: none but those that have some."""
        return [
            " ".join([line, *(f"--hash={value}" for value in hashes)])
            for line, hashes in zip(self.text, self._hashes)
            if hashes or not only
        ]

    @staticmethod
    def _find(
        requirement: Requirement, installed: Mapping[str, site_packages.Distribution]
    ) -> tuple[str, site_packages.Distribution | None]:
        """The installed distribution of a requirement's name; an editable one must be of the same path."""
        if not requirement.editable:
            parsed = parse_requirement(requirement.text)
            name = parsed.key if parsed else ""
            return name, installed.get(name)
        path = requirement.text.partition("[")[0].rstrip("/")
        for name, distribution in installed.items():
            if distribution.editable and origins.identity("", distribution.origin)[0] == f"-e {path}":
                return name, distribution
        return requirement.name, None


def _editable_line(text: str) -> str:
    """``-e <path>``; installers take no path with blanks here, only a URL."""
    if not re.search(r"\s", text):
        return f"-e {text}"
    path, bracket, extras = text.partition("[")
    return f"-e file://{quote(path)}{bracket}{extras}"
