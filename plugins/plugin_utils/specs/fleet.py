# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The specs of many hosts: each different content is checked once, each offence is told once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Sequence

from ansible_collections.portable.model_env.plugins.plugin_utils.specs import load
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.offence import Offence
from ansible_collections.portable.model_env.plugins.plugin_utils.specs.validate import validate

# More names than this do not help to find the mistake.
_NAMED_HOSTS = 5


@dataclass
class Fleet:
    """Collects hosts and what is wrong with them.

    :ivar hosts: how many hosts there are.
    :ivar environments: selected names by host.
    :ivar offences: hosts by offence, in the order in which they were found.
    """

    hosts: int = 1
    environments: dict[str, list[str]] = field(default_factory=dict)
    offences: dict[Offence, list[str]] = field(default_factory=dict)
    _seen: dict[str, tuple[list[str], list[Offence]]] = field(default_factory=dict)

    def add(self, host: str, specs: Any, selected: Any, index_url: Any, index_urls: Any) -> None:
        """Check one host's variables (of Python's own types), unless another host had the very same.

        Hosts of a group have equal contents, but not the same objects: templating makes new ones for each host.
        """
        content = json.dumps([specs, selected, index_url, index_urls], sort_keys=True, default=repr)
        if content not in self._seen:
            normal, offences = validate(specs, selected, {"index_url": index_url, "index_urls": index_urls})
            self._seen[content] = list(normal), offences
        names, offences = self._seen[content]
        self.environments[host] = names
        for offence in offences:
            self.offend(host, offence)

    def offend(self, host: str, offence: Offence) -> None:
        """Note an offence of one host."""
        hosts = self.offences.setdefault(offence, [])
        if host not in hosts:
            hosts.append(host)

    def summary(self) -> str:
        """All offences as text, those of the same hosts together."""
        groups: dict[str, list[Offence]] = {}
        for offence, hosts in self.offences.items():
            groups.setdefault(self._in_words(hosts), []).append(offence)
        return load.summary(groups)

    def as_data(self) -> list[dict[str, str]]:
        """The offences for a return value; hosts in words, because a fleet's names would bury everything else."""
        return [{**offence.as_dict(), "hosts": self._in_words(hosts)} for offence, hosts in self.offences.items()]

    def _in_words(self, hosts: Sequence[str]) -> str:
        """All hosts, or the first few names."""
        if len(hosts) == self.hosts > 1:
            return f"all {self.hosts} hosts"
        if len(hosts) <= _NAMED_HOSTS:
            return ", ".join(hosts)
        return f"{', '.join(hosts[:_NAMED_HOSTS])} and {len(hosts) - _NAMED_HOSTS} more"
